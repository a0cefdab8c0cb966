"""
The sandbox's stand-in for Infisical: a server with the same API, status codes and error shapes, with state.

It is not Infisical. It exists where the real one cannot run, and says what it is in every answer's `Server` header,
in its log and in its process's arguments. COVERAGE.md says what it imitates, and what it does not.

    process.InfisicalServer   the server as a process: start, stop, status
    standin.Standin           one for a test, with faults and time at the test's command

Nothing is imported here: the server's own process needs neither, and starts in half the time.
"""
