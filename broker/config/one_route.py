"""The route of one station, as the API takes it: a route of the file without `match`."""

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from broker.config.crosscheck_route import route_faults
from broker.config.problems import ConfigError, Problem, path_text, problem_at
from broker.config.routes import Route
from broker.config.translate import problems_of


def route_from(document: Any, upstreams: Collection[str]) -> Route:
    """The route of a plain document, which matches every station. Raises ConfigError with every problem.

    `upstreams` are the names that the configuration has.
    """
    if not isinstance(document, dict):
        raise ConfigError([Problem("", "", "a mapping of keys such as primary and secondaries")])
    problems: list[Problem] = []
    if "match" in document:
        problems.append(problem_at(("match",), document, "no match: this is the route of one station"))
    rest = {key: value for key, value in document.items() if key != "match"}
    route = None
    try:
        route = Route.model_validate({**rest, "match": {}})
    except ValidationError as error:
        problems += problems_of(error, rest, Route)
    seen = {problem.path for problem in problems}
    for fault in route_faults(rest, upstreams):
        if path_text(fault.loc) not in seen:
            problems.append(problem_at(fault.loc, rest, fault.expected))
    if route is None or problems:
        raise ConfigError(problems)
    return route


def route_document(route: Route) -> dict[str, Any]:
    """What `route_from` makes the same route of, whatever it matches; plain values that JSON has."""
    return route.model_dump(mode="json", exclude={"match"})
