"""The web page and the REST interface behind it: `nightlift serve`, extra `[web]`."""
