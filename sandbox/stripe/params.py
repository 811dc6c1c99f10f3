"""Checks every request against the typed params of the installed SDK: a wrong parameter is a 400."""

import re
import typing
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union

import stripe.params
from stripe._request_options import RequestOptions

from sandbox.stripe.errors import ApiError, invalid_request
from sandbox.stripe.form import Nested

Check = Callable[[Any, str], Any]

# Names that the SDK's own base class of params refers to without importing them at run time.
_OUTSIDE_NAMES = {"Mapping": Mapping, "StripeContext": object}
_OPTIONS = frozenset(RequestOptions.__annotations__)
_SCALARS: dict[Any, tuple[str, re.Pattern[str], Callable[[str], Any]]] = {
    int: ("integer", re.compile(r"-?\d+"), int),
    float: ("number", re.compile(r"-?\d+(\.\d+)?"), float),
    bool: ("boolean", re.compile("true|false"), lambda text: text == "true"),
}


def checked(params_class: str, values: Nested) -> Nested:
    """The values with their types; ApiError 400 names the parameter that is unknown, mistyped or missing."""
    return typing.cast(Nested, _fields_check(getattr(stripe.params, params_class))(values, ""))


@cache
def _fields_check(typed_dict: Any) -> Check:
    hints = typing.get_type_hints(typed_dict, localns=_OUTSIDE_NAMES)
    names = {name: hint for name, hint in hints.items() if name not in _OPTIONS}
    required = [name for name in names if name in typed_dict.__required_keys__]

    def check(values: Any, path: str) -> Nested:
        if not isinstance(values, dict):
            raise invalid_request("Invalid object", param=path)
        unknown = next((name for name in values if name not in names), None)
        if unknown is not None:
            param = _inside(path, unknown)
            raise invalid_request(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")
        for name in required:
            if name not in values:
                param = _inside(path, name)
                raise invalid_request(f"Missing required param: {param}.", param=param, code="parameter_missing")
        return {name: _check(names[name])(value, _inside(path, name)) for name, value in values.items()}

    return check


@cache
def _check(hint: Any) -> Check:
    """The check of one type; made on first use, since the SDK's types are many and a test uses few."""
    origin = typing.get_origin(hint)
    # The SDK's are typing_extensions' TypedDicts, which typing.is_typeddict does not know.
    if hasattr(hint, "__required_keys__"):
        return lambda value, path: _fields_check(hint)(value, path)  # noqa: PLW0108 - on first use
    if hint in _SCALARS:
        return _scalar_check(hint)
    if hint is str:
        return _text
    if origin in (Union, UnionType):
        return _union_check(typing.get_args(hint))
    if origin is Literal:
        return _literal_check(typing.get_args(hint))
    if origin is list:
        return _list_check(_check(typing.get_args(hint)[0]))
    if origin is dict:
        return _map_check()
    return _refuse


def _scalar_check(kind: Any) -> Check:
    name, pattern, convert = _SCALARS[kind]

    def check(value: Any, path: str) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise invalid_request(f"Invalid {name}: {value}", param=path, code=f"parameter_invalid_{name}")
        return convert(value)

    return check


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise invalid_request("Invalid string", param=path)
    if value == "":
        message = f"You passed an empty string for '{path}', which cannot be unset."
        raise invalid_request(message, param=path, code="parameter_invalid_empty")
    return value


def _literal_check(choices: tuple[Any, ...]) -> Check:
    def check(value: Any, path: str) -> Any:
        if value not in choices:
            raise invalid_request(f"Invalid {path}: must be one of {', '.join(map(str, choices))}", param=path)
        return value

    return check


def _list_check(item: Check) -> Check:
    def check(value: Any, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise invalid_request("Invalid array", param=path)
        return [item(value[key], f"{path}[{key}]") for key in sorted(value, key=int)]

    return check


def _map_check() -> Check:
    def check(value: Any, path: str) -> Nested:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise invalid_request("Invalid hash", param=path)
        return dict(value)

    return check


def _union_check(choices: tuple[Any, ...]) -> Check:
    checks = [_check(choice) for choice in choices]

    def check(value: Any, path: str) -> Any:
        errors: list[ApiError] = []
        for one in checks:
            try:
                return one(value, path)
            except ApiError as error:
                errors.append(error)
        # The branch that got furthest into a nested value says best what is wrong.
        raise max(errors, key=lambda error: len(error.fields.get("param", "")))

    return check


def _refuse(value: Any, path: str) -> Any:
    raise invalid_request(f"Invalid {path}", param=path)


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
