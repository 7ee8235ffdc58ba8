"""Blind judging: which of two results people prefer, without knowing whose they are."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.judging.bradley_terry import agreement as agreement
    from nightlift.judging.bradley_terry import strengths as strengths
    from nightlift.judging.questionnaire import Key as Key
    from nightlift.judging.questionnaire import key_json as key_json
    from nightlift.judging.questionnaire import load_key as load_key
    from nightlift.judging.questionnaire import merged as merged
    from nightlift.judging.questionnaire import questions as questions
    from nightlift.judging.rankings import Ranking as Ranking
    from nightlift.judging.rankings import points as points
    from nightlift.judging.rankings import read as read
    from nightlift.judging.sheets import lettered as lettered
    from nightlift.judging.sheets import sheet as sheet
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "bradley_terry": ("agreement", "strengths"),
            "questionnaire": ("Key", "key_json", "load_key", "merged", "questions"),
            "rankings": ("Ranking", "points", "read"),
            "sheets": ("lettered", "sheet"),
        },
    )
