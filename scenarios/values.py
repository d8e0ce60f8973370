"""Numbers and names that sections of a scenario file hold."""

from typing import Annotated

from pydantic import Field

type Number = Annotated[float, Field(strict=True)]
type Positive = Annotated[float, Field(strict=True, gt=0)]
type NotNegative = Annotated[float, Field(strict=True, ge=0)]
type Share = Annotated[float, Field(strict=True, ge=0, le=1)]
type Count = Annotated[int, Field(strict=True, ge=1)]
type Name = Annotated[str, Field(min_length=1)]
