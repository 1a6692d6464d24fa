"""What the endpoints work with; made once, when the server starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from cases.desk import Desk

from .middleware.rates import Buckets
from .problems import Refusal
from .sessions import Sessions
from .settings import Settings
from .tokens import is_known_token

if TYPE_CHECKING:
    from cases.card import Card
    from cases.checks.report import IsPossible
    from model.interview import Interview
    from model.network.network import Network
    from model.policy.config import Policy

    from .access import Visitor
    from .interviews import Interviews
    from .search import Search


@dataclass(frozen=True, slots=True)
class Checker:
    """The symptom checker that previews are made with and interviews are served from."""

    network: Network
    policy: Policy
    interview: Interview[Any]
    is_possible: IsPossible


class Services:
    """Desk, network and engine, published cases; sessions, tokens and rates.

    Raises
    ------
    InputError, DatabaseError
        What the settings name is not there, or cannot be used.
    """

    def __init__(self, settings: Settings, desk: Desk | None = None) -> None:
        self.settings = settings
        self.sessions = Sessions(settings)
        self.checker = load_checker(settings)
        self.library = load_library(settings, self.checker.network)
        self.desk = desk or Desk(
            settings.database, network=self.checker.network, is_possible=self.checker.is_possible, library=self.library
        )
        rates = settings.rates
        self._by_person, self._by_address = Buckets(rates.person), Buckets(rates.address)
        self._sign_ins = Buckets(rates.sign_in)

    @cached_property
    def vocabulary(self) -> Search:
        """The search over the words of the network."""
        from .search import Search

        return Search(self.checker.network)

    @cached_property
    def interviews(self) -> Interviews:
        """The symptom checker, served."""
        from .interviews import Interviews

        return Interviews(self.checker, self.settings)

    def is_ci_token(self, token: str) -> bool:
        """Whether CI may use this token."""
        return is_known_token(token, self.settings.ci_token_sha256)

    def count(self, request: Request, visitor: Visitor) -> None:
        """Refuse with 429 where a person or an address asks too often (catalogue 99)."""
        address = request.client.host if request.client else ""
        wait = self._by_address.take(address)
        if visitor.who is not None:
            wait = max(wait, self._by_person.take(visitor.who.id))
        _refuse(wait)

    def count_sign_in(self, request: Request) -> None:
        """The same for attempts to sign in."""
        _refuse(self._sign_ins.take(request.client.host if request.client else ""))

    def close(self) -> None:
        """Give the database back."""
        self.desk.close()


def _refuse(seconds: int) -> None:
    if seconds:
        detail, retry = "There were too many requests in a short time.", {"Retry-After": str(seconds)}
        raise Refusal(429, "E-RATE", detail, f"wait {seconds} s and try again; nothing was changed", retry)


def load_checker(settings: Settings) -> Checker:
    """The model, compiled."""
    from cases.checks.possible import possible_under
    from model.inference.compile import compile_network
    from model.interview import Interview
    from model.network.load import load_network
    from model.policy.config import load_policy

    network = load_network(settings.model)
    policy = load_policy(settings.model)
    return Checker(network, policy, Interview(compile_network(network), policy), possible_under(network))


def load_library(settings: Settings, network: Network) -> tuple[Card, ...]:
    """The published cases in the network's ids; none where no directory is named or it has none yet."""
    from cases.readers import load_cases
    from cases.vocabulary import Vocabulary

    if settings.cases is None or not settings.cases.exists():
        return ()
    from cases.checks.report import check_words

    vocabulary = Vocabulary.from_network(network)
    case_set = load_cases(settings.cases)
    return tuple(check_words(card, network, vocabulary, card.id)[0] for card in case_set.cards)
