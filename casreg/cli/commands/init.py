"""``casreg init``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.session import Session


def init(
    session: Session,
    place: Annotated[
        str | None,
        typer.Argument(metavar="STORE", help="Where: a path or URL; as --store.", show_default=False),
    ] = None,
    unversioned: Annotated[
        bool, typer.Option("--unversioned", help="Keep one version of each name.")
    ] = False,
    mutable: Annotated[bool, typer.Option("--mutable", help="Let versions be overwritten.")] = False,
    version_digits: Annotated[
        int | None,
        typer.Option(metavar="COUNT", help="Parts of every version: with 3, 1 is 1.0.0.", show_default=False),
    ] = None,
    read_amplification: Annotated[
        float,
        typer.Option(metavar="TIMES", help="Bytes that a load may read for each byte it gives, 1.0 or more."),
    ] = 2.0,
) -> None:
    """Make a store in an empty or new directory.

    Versions in it are numbered and immutable unless asked for otherwise. Ends with code 4 if a store
    is there already. The more bytes a load may read, the smaller are many versions of a model, which are
    stored as what they differ by.

    Example:
        casreg init
        casreg init models --mutable --version-digits 3
        casreg init archive --read-amplification 4
    """
    from casreg.errors import AlreadyExists, StoreNotFound
    from casreg.registry import Registry

    place = session.place if place is None else place
    try:
        with Registry(place, create=False, read_only=True) as there:
            raise AlreadyExists(f"there is a store at {there.backend.url} already", store=there.backend.url)
    except StoreNotFound:
        pass
    with Registry(
        place,
        version_objects=not unversioned,
        mutable=mutable,
        version_digits=version_digits,
        read_amplification=read_amplification,
    ) as made:
        url = made.backend.url
    kind = f"{'unversioned' if unversioned else 'versioned'}, {'mutable' if mutable else 'immutable'}"
    session.result(
        {
            "store": url,
            "versioned": not unversioned,
            "mutable": mutable,
            "version_digits": version_digits,
            "read_amplification": read_amplification,
        },
        [url],
        lambda: session.line(f"made a store at {url} ({kind})"),
    )
