"""Live problems over HTTP: `POST /next`, `POST /observe`, `GET /problems/N`, `GET /stats`.

A request is answered when what it did is on the disk. What comes while one commit is under way goes
into the next one together, so that the disk's speed does not limit the number of requests; refills
are made in a process of their own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zoped.foundation.errors import ZopedError
from zoped.train.live.problems import LiveProblems
from zoped.train.live.refill import NoMoreProblems
from zoped.train.live.refill_process import RefillProcess
from zoped.train.live.store import UnknownProblem

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Call = tuple[Callable[[], Any], asyncio.Future[Any]]
FAULTS = (ZopedError, sqlite3.Error, OSError)  # a full disk, say: the next commit may go well
MOST_PROBLEMS = 1_024  # of one request
MOST_OBSERVATIONS = 4_096
MOST_BYTES = 32 * 2**20  # of a request: more than the longest one that is right


class Next(BaseModel):
    """`request` names the request: the same name gets the same problems again."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(1, ge=1, le=MOST_PROBLEMS)
    request: str | None = Field(None, min_length=1, max_length=200)


class Observation(BaseModel):
    """What a group of answers came to. Of one key and `batch` the first observation counts."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=200)
    passes: int = Field(ge=0)
    rollouts: int = Field(ge=1, le=1_000_000)
    batch: str = Field(min_length=1, max_length=200)


class Observe(BaseModel):
    """The groups of a step, say."""

    model_config = ConfigDict(extra="forbid")

    observations: list[Observation] = Field(min_length=1, max_length=MOST_OBSERVATIONS)


def service(live: LiveProblems) -> FastAPI:
    """The application that serves the problems; it does not close them."""
    serving = _Serving(live)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with serving.running():
            yield

    app = FastAPI(title="Zoped: live problems", lifespan=lifespan)

    @app.post("/next", openapi_extra=_takes(Next))
    async def next_problems(request: Request) -> Response:
        body = await _body(request, Next)
        return await serving.answer(lambda: live.reserve(body.count, request=body.request))

    @app.get("/problems/{number}")
    async def one_problem(number: int) -> Response:
        def reached() -> range:
            live.reach(number)
            return range(number, number + 1)

        return await serving.answer(reached)

    @app.post("/observe", openapi_extra=_takes(Observe))
    async def observe(request: Request) -> Response:
        body = await _body(request, Observe)
        for each in body.observations:
            if each.passes > each.rollouts:
                detail = f"{each.key}: {each.passes} passes out of {each.rollouts} rollouts"
                raise HTTPException(422, detail)
        new = await serving.commit(lambda: _observe(live, body.observations))
        known = len(body.observations) - new
        return Response(f'{{"new":{new},"known":{known}}}', media_type="application/json")

    @app.get("/stats")
    async def stats() -> dict[str, Any]:
        return await serving.commit(live.stats)

    return app


def _takes(model: type[BaseModel]) -> dict[str, Any]:
    """How the documentation of the interface describes a body that `_body` reads."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


async def _body(request: Request, model: type[M]) -> M:
    """What FastAPI makes of a body itself, for a third of the processor time.

    A fault does not say what was sent: NaN, or bytes that are no text, could not be sent back. Raises
    HTTPException for a body that is too long, and reads no more of it.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            detail = f"the body has more than {MOST_BYTES:,} bytes"
            raise HTTPException(413, detail, headers={"Connection": "close"})
    try:
        return model.model_validate_json(bytes(body))
    except ValidationError as error:
        found = error.errors(include_input=False)
        faults = [fault | {"loc": ("body", *fault["loc"])} for fault in found]
        raise RequestValidationError(faults) from None


def _observe(live: LiveProblems, observations: list[Observation]) -> int:
    """How many are new; all are stored, or none where one is of an unknown problem."""
    for each in observations:
        live.require_known(each.key)
    return sum(live.observe(e.key, e.passes, e.rollouts, batch=e.batch) for e in observations)


class _Serving:
    """What is under way: calls that wait for the next commit, and the refills that are due."""

    def __init__(self, live: LiveProblems) -> None:
        self.live = live
        self._waiting: list[Call] = []
        self._called = asyncio.Event()
        self._due = asyncio.Event()
        self._refilled = asyncio.Event()  # another one after each refill
        self._fault: ZopedError | None = None  # of the last refill that was tried

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._thread = ThreadPoolExecutor(1, "commits")
        with RefillProcess(self.live.folder, self.live.made_of) as process:
            self._committing = asyncio.create_task(self._commits())
            refilling = asyncio.create_task(self._refills(process))
            try:
                yield
            finally:
                process.close()  # whoever waits for it hears of its end
                for task in (refilling, self._committing):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                self._thread.shutdown()

    async def commit(self, call: Callable[[], T]) -> T:
        """What `call` returns, once all that it wrote is on the disk. Raises HTTPException."""
        if self._committing.done():
            raise HTTPException(503, "stopping")
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, done))
        self._called.set()
        try:
            return cast(T, await done)
        except UnknownProblem as error:
            raise HTTPException(404, str(error)) from None
        except FAULTS as error:
            raise HTTPException(503, str(error)) from None

    async def answer(self, reserve: Callable[[], range]) -> Response:
        """The problems of the numbers that `reserve` returns, when they are made."""

        def reserved() -> list[tuple[int, str | None]]:
            return [(number, self.live.json(number)) for number in reserve()]

        found: list[str] = []
        for number, text in await self.commit(reserved):
            while text is None:
                # Taken before it is looked for, so that no refill can end unnoticed in between.
                refilled = self._refilled
                text = await self.commit(partial(self.live.json, number))
                if text is not None:
                    break
                if self._fault is not None:
                    status = 410 if isinstance(self._fault, NoMoreProblems) else 503
                    raise HTTPException(status, str(self._fault))
                await refilled.wait()
            found.append(text)
        return Response(f'{{"problems":[{",".join(found)}]}}', media_type="application/json")

    async def _commits(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._called.wait()
            self._called.clear()
            calls, self._waiting = self._waiting, []
            try:
                outcomes, due = await loop.run_in_executor(self._thread, self._committed, calls)
            except BaseException as error:  # nothing of them all is on the disk: each is told so
                for _, done in calls:
                    if not done.done():
                        done.set_exception(_told(error))
                if not isinstance(error, FAULTS):
                    raise
                continue
            if due:
                self._due.set()
            for (_, done), (value, fault) in zip(calls, outcomes, strict=True):
                if done.done():
                    continue  # the client is gone
                if fault is None:
                    done.set_result(value)
                else:
                    done.set_exception(fault)

    def _committed(self, calls: list[Call]) -> tuple[list[tuple[Any, Exception | None]], bool]:
        """What each call returned or raised, once all is on the disk, and whether a refill is due."""
        outcomes: list[tuple[Any, Exception | None]] = []
        with self.live.transaction():
            for call, _ in calls:
                try:
                    outcomes.append((call(), None))
                except UnknownProblem as error:  # nothing was written by this call
                    outcomes.append((None, error))
        return outcomes, self.live.due() is not None

    async def _refills(self, process: RefillProcess) -> None:
        loop = asyncio.get_running_loop()
        making = ThreadPoolExecutor(1, "refills")
        try:
            while self._fault is None:
                self._due.clear()  # before it is asked: what comes in meanwhile may make one due
                due = await self.commit(self.live.due)
                if due is None:
                    await self._due.wait()
                    continue
                try:
                    chosen = await loop.run_in_executor(making, process.choose, *due)
                except ZopedError as error:
                    self._fault = error
                else:
                    await self.commit(partial(self.live.save_refill, due[0], chosen))
                before, self._refilled = self._refilled, asyncio.Event()
                before.set()
        finally:
            making.shutdown(wait=False, cancel_futures=True)


def _told(error: BaseException) -> BaseException:
    return HTTPException(503, "stopping") if isinstance(error, asyncio.CancelledError) else error
