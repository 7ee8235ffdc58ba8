"""As much of Ray as a run asks for, in this process: what is asked for is done at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any


class Ref:
    """What was asked for of an actor."""

    def __init__(self, result: object) -> None:
        self.result = result


class Actor:
    """An object whose methods are asked for."""

    def __init__(self, held: object) -> None:
        self._held = held

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._held, name)
        return SimpleNamespace(remote=lambda *given: Ref(method(*given)))


class FakeRay:
    """Stands in for the module; `machines` are the cores of each, where they are not this one."""

    exceptions = SimpleNamespace(RayError=RuntimeError)

    def __init__(self, *machines: int, reachable: bool = True) -> None:
        self.machines, self.reachable = list(machines), reachable
        self.killed: list[object] = []
        self.shut_down = False

    def init(self, address: str, num_cpus: int = 0, **_: object) -> None:
        if not self.reachable:
            raise Exception("nobody is there")
        self.machines = self.machines or [num_cpus]

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": float(one)}} for one in self.machines]

    def remote(self, **_: object) -> Callable[[type], Any]:
        return lambda kind: SimpleNamespace(remote=lambda *given: Actor(kind(*given)))

    def put(self, value: object) -> object:
        return value

    def wait(self, refs: Sequence[Ref], num_returns: int) -> tuple[list[Ref], list[Ref]]:
        return list(refs[:num_returns]), list(refs[num_returns:])

    def get(self, ref: Ref) -> object:
        return ref.result

    def kill(self, actor: object) -> None:
        self.killed.append(actor)

    def shutdown(self) -> None:
        self.shut_down = True
