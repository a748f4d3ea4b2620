"""A class of the user's, whose objects are in the stores."""

from pydantic import BaseModel


class Reading(BaseModel):
    name: str
    count: int
