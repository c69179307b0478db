"""The errors of this package, and how an exit status of the program becomes one of them."""

from typing import Any, Optional


class AgentConnectError(Exception):
    """Base of all errors of this package."""


class MissingUserTokenError(AgentConnectError):
    """There is no user API token."""


class InvalidUserTokenError(AgentConnectError):
    """The API rejects the token: 401 or 403."""


class ApiError(AgentConnectError):
    """The API cannot be reached, answers an error, or its answer is not valid."""

    def __init__(self, message: str, status_code: Optional[int] = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        """HTTP status of the API's answer, if there was one."""


class ProxyStartError(AgentConnectError):
    """The program is missing or cannot run, the port is in use, or `stop()` came before it was ready."""


class ProxyStoppedError(AgentConnectError):
    """The proxy is not running."""


class InvalidValueError(AgentConnectError, ValueError):
    """The program rejects an option, a rule, a URL or another value."""


# sysexits.h, as the program uses them.
_BAD_USAGE = 64
_UNAVAILABLE = 69
_BAD_ANSWER = 76
_REJECTED = 77


def start_error(exit_status: int, report: dict[str, Any], last_line: str) -> AgentConnectError:
    """Make the error of a failed start.

    `report` is the program's last JSON line about an error. Without one, `last_line` of its stderr is the
    reason, for example that of the dynamic loader.
    """
    message = report.get("message") or last_line or f"the program ended with status {exit_status}"
    if report.get("error") == "MissingUserTokenError":
        return MissingUserTokenError(message)
    return _error(exit_status, message, report.get("status")) or ProxyStartError(message)


def command_error(exit_status: int, answer: dict[str, Any], stderr: str) -> AgentConnectError:
    """Make the error of a failed command; `answer` is what it printed."""
    error = answer.get("error", {})
    message = error.get("message") or stderr or f"the command ended with status {exit_status}"
    if error.get("code") in {"no_proxy", "no_connection", "no_answer"}:
        return ProxyStoppedError(message)
    if exit_status == _REJECTED and error.get("code") != "token_refused":
        return AgentConnectError(message)  # another user's control socket
    return _error(exit_status, message, error.get("status")) or AgentConnectError(message)


def _error(exit_status: int, message: str, status_code: Optional[int]) -> Optional[AgentConnectError]:
    if exit_status == _REJECTED:
        return InvalidUserTokenError(message)
    if exit_status in {_UNAVAILABLE, _BAD_ANSWER}:
        return ApiError(message, status_code)
    return InvalidValueError(message) if exit_status == _BAD_USAGE else None
