"""What all parts of a scenario file have in common."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from scenarios.choices import Registry, choose, fill, keys_of, parameters_of
from scenarios.problems import Problems, unknown_key


def filled(entry: type) -> BeforeValidator:
    """Return a validator that makes a dataclass of a section's keys."""

    def read(given: object) -> object:
        if isinstance(given, dict):
            return fill(entry, given, {})
        return given

    return BeforeValidator(read)


class Section(BaseModel):
    """A part of a scenario file: nothing unknown in it, nothing changed after."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: object) -> object:
        """Name every key that the section does not know, and the nearest it does."""
        if not isinstance(given, Mapping) or issubclass(cls, Choice):
            return given
        known = cls.model_fields
        found = [unknown_key(str(key), known) for key in given if key not in known]
        if found:
            raise Problems(found)
        return given

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not there, and put parameters beside the name they belong to."""
        filled = {key: value for key, value in handler(self).items() if value is not None}
        parameters: dict[str, Any] = filled.pop("parameters", {})
        return filled | parameters


class Choice(Section):
    """A section that names one of a registry, with the parameters of what it names.

    A subclass says which registry (``registry``), under which key the name stands
    (``key``) and what it is the name of (``what``). Its own fields are the keys that every
    choice has in common.
    """

    key: ClassVar[str] = "kind"
    what: ClassVar[str] = "kind"
    registry: ClassVar[Registry]

    parameters: dict[str, object] = {}

    @classmethod
    def common(cls) -> Collection[str]:
        """Return the keys that every choice has, unless it has a parameter of that name."""
        return [name for name in cls.model_fields if name != "parameters"]

    @classmethod
    def own_keys(cls, name: str) -> Collection[str]:
        """Return the parameters that a file can give to the choice called ``name``."""
        if name not in cls.registry:
            return ()
        keys = keys_of(parameters_of(cls.registry[name]), name)
        return [key for key in keys if key not in cls.hidden(name)]

    @classmethod
    def hidden(cls, name: str) -> Mapping[str, object]:  # noqa: ARG003 - subclasses look at it
        """Return stand-ins for arguments that the program gives, so that no file may."""
        return {}

    @classmethod
    def knows(cls, name: str, key: str) -> bool:
        """Tell whether a choice has a parameter or a common key of this name."""
        known = name in cls.registry
        return not known or key in cls.common() or key in cls.own_keys(name)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        """Check the parameters against what is named, and put them together."""
        if isinstance(given, str):
            given = {cls.key: given}
        if not isinstance(given, Mapping):
            return given
        name = given.get(cls.key, cls.model_fields[cls.key].get_default())
        theirs = cls.own_keys(name) if isinstance(name, str) else ()
        common = {
            key: value for key, value in given.items() if key in cls.common() and key not in theirs
        }
        if not isinstance(name, str):
            return common
        own = {key: value for key, value in given.items() if key not in common}
        chosen = choose(
            cls.registry,
            {cls.key: name} | own,
            key=cls.key,
            what=cls.what,
            hidden=cls.hidden(name),
            common=cls.common(),
        )
        return common | {cls.key: name, "parameters": chosen.parameters}

    def build(self, **hidden: object) -> Any:  # noqa: ANN401 - whatever the registry holds
        """Return a new object of what was chosen; ``hidden`` is what no file may give."""
        name = str(getattr(self, self.key))
        section = {self.key: name} | self.parameters
        hidden = hidden or dict(self.hidden(name))
        return choose(self.registry, section, key=self.key, hidden=hidden).value
