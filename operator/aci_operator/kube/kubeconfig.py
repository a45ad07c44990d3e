"""What kubectl makes of the variable KUBECONFIG where the library does otherwise, and what may be told of its files."""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from kubernetes.aio.config import ConfigException

UNREADABLE: Final = (
    ConfigException,
    OSError,
    yaml.YAMLError,
    AttributeError,
    LookupError,
    RuntimeError,  # there is no home, or it is nested too deeply
    TypeError,
    ValueError,
)
"""What comes of a kubeconfig that is empty or cut, as while kubectl writes it: the loader checks hardly any types."""

_QUOTED: Final = re.compile(r"""(['"])(.*?)\1""", re.DOTALL)
_LIBRARY: Final = "kubernetes.aio.config.kube_config"


def told(error: Exception) -> str:
    """Return in one line what is wrong with a kubeconfig, without its content: there are tokens in it.

    The library names an entry by all that is in it, and PyYAML and Python quote what they do not understand.
    """
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        return f"{_QUOTED.sub(_left_out, error.problem)} (line {error.problem_mark.line + 1})"
    text = str(error)
    if isinstance(error, ValueError):
        text = _QUOTED.sub(_left_out, text)
    return " ".join(text.partition("{")[0].split()) or type(error).__name__


def _left_out(quoted: re.Match[str]) -> str:
    """Return dots for what is quoted, unless it is a sign such as ':' or the name of one, as '<block end>'."""
    return quoted[0] if len(quoted[2]) < 3 or quoted[2].startswith("<") else "..."


def keep_content_out_of_logs() -> None:
    """Let the library log what is wrong with an `exec` section, but not what is in it."""
    logging.getLogger(_LIBRARY).addFilter(_without_content)


def _without_content(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    if text.startswith("Invalid kube-config file"):
        record.msg, record.args = text.partition("{")[0], ()
    return True


def files(kubeconfig: Path) -> str:
    """Return the files that count for kubectl; of several it skips an empty one, by which the library fails."""
    counting = [str(path) for path, content in _contents_of_several(kubeconfig) if content is not None]
    return os.pathsep.join(counting) or str(kubeconfig)


def current_context(kubeconfig: Path) -> str | None:
    """Return the context of the first of several files that names one, as kubectl; the library takes the last.

    None leaves it to the library: there is one file, or none names any.
    """
    contents = (content for _, content in _contents_of_several(kubeconfig))
    named = (content.get("current-context") for content in contents if isinstance(content, dict))
    return next((str(name) for name in named if name), None)


def exists(kubeconfig: Path) -> bool:
    """Tell whether there is any of the files."""
    return any(path.exists() for path in _paths(kubeconfig))


def _contents_of_several(kubeconfig: Path) -> Iterator[tuple[Path, Any]]:
    paths = _paths(kubeconfig)
    if len(paths) > 1:
        yield from ((path, yaml.safe_load(path.read_text())) for path in paths if path.exists())


def _paths(kubeconfig: Path) -> list[Path]:
    return [Path(path).expanduser() for path in str(kubeconfig).split(os.pathsep) if path]
