import socket
from pathlib import Path

from finops_sandbox.places import PORTS, free_port, local_secret, write_atomically


def test_the_port_of_last_time_is_kept_while_it_is_free() -> None:
    port = free_port()

    assert free_port(port) == port


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]

        assert free_port(taken) in PORTS


def test_ports_of_one_stack_differ() -> None:
    first = free_port()

    assert free_port(first, [first]) != first


def test_a_secret_is_kept_and_closed_to_others(tmp_path: Path) -> None:
    secret = local_secret(tmp_path)

    assert local_secret(tmp_path) == secret
    assert len(secret) >= 32
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_file_is_replaced_and_nothing_left_beside_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "state.json", "old")
    write_atomically(tmp_path / "state.json", "new")

    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert (tmp_path / "state.json").read_text() == "new"
