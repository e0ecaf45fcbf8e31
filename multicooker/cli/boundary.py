"""Where every call ends: whatever went wrong becomes one message and an exit code."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Sequence
from contextlib import suppress

import click

from multicooker.cli import output
from multicooker.cli.aiming import aimed
from multicooker.cli.envelope import Failure
from multicooker.cli.invocation import Invocation
from multicooker.cli.shell import VARIABLE
from multicooker.errors import (
    EXIT_BUG,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PIPE,
    DiskError,
    MulticookerError,
)

_NAME = "multicooker"


def run(program: click.Group, args: Sequence[str], *, call: Invocation) -> int:
    """Run one call of the program and return its exit code; raises nothing."""
    output.prepare()
    # Parsing may fail before it gets to these.
    options = args[: args.index("--")] if "--" in args else args
    call.json = "--json" in options
    call.color = "--no-color" not in options and not os.environ.get("NO_COLOR")
    call.debug = "--debug" in options
    code = EXIT_OK
    try:
        code = _run(program, args, call=call)
        output.flush()
    except BrokenPipeError:
        output.abandon()
        return EXIT_PIPE
    except DiskError as error:  # what was refused once is refused again: it is told once
        output.abandon()
        return code or _fail(call, _failure(error, call), error)
    return code


def _run(program: click.Group, args: Sequence[str], *, call: Invocation) -> int:
    try:
        return _invoke(program, args, call=call)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the top: nothing flies past it
        return _fail(call, _failure(error, call), error)


def _invoke(program: click.Group, args: Sequence[str], *, call: Invocation) -> int:
    if VARIABLE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(program, {"obj": call}, _NAME, VARIABLE, os.environ[VARIABLE])
    with program.make_context(_NAME, list(args), obj=call) as ctx:
        program.invoke(ctx)
    return EXIT_OK


def _failure(error: BaseException, call: Invocation) -> Failure:
    match error:
        case MulticookerError():
            return Failure(
                code=error.exit_code,
                kind=kind_of(type(error)),
                message=error.message,
                hint=error.hint,
            )
        case click.ClickException():
            return _usage(error)
        case KeyboardInterrupt() | click.Abort():
            return _interrupted(call)
        case OSError(errno=errno.ENOSPC):  # click prints help by itself
            return _failure(output.full(), call)
        case _:
            return _bug(error)


def _interrupted(call: Invocation) -> Failure:
    hint = ""
    if call.verb in ("cook", "judge"):
        hint = (
            f"go on with `multicooker {call.verb} {call.task}`;"
            f" `multicooker clean {call.task}` removes what may be left on the engine"
        )
    return Failure(code=EXIT_INTERRUPTED, kind="interrupted", message="interrupted", hint=hint)


def _usage(error: click.ClickException) -> Failure:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"see `{ctx.command_path} --help`" if ctx else ""
    message = error.format_message().rstrip(".")
    return Failure(code=error.exit_code, kind="usage", message=message, hint=hint)


def _bug(error: BaseException) -> Failure:
    return Failure(
        code=EXIT_BUG,
        kind="bug",
        message=f"this is a bug in multicooker: {type(error).__name__}: {error}",
        hint="run again with --debug, and report what it prints",
    )


def kind_of(kind: type[MulticookerError]) -> str:
    """Return `bad_input` for BadInputError, and so on."""
    name = kind.__name__.removesuffix("Error")
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _fail(call: Invocation, failure: Failure, error: BaseException) -> int:
    if call.debug:
        output.trace(error)
    failure = dataclasses.replace(failure, hint=aimed(failure.hint, call.cooks))
    try:
        output.fail(failure, verb=call.verb, json=call.json, color=call.color)
    except DiskError:
        with suppress(DiskError):  # a full stdout is told on stderr, where that still works
            output.fail(failure, verb=call.verb, json=False, color=call.color)
    return failure.code
