#!/usr/bin/env python3
"""How soon a new rule ends the tunnels that it sends another way, and what the others feel of it.

    tests/bench/drain.py build/release/app/aluvia-connect [TUNNELS]

Half of the tunnels (1,000 where nothing is said) are affected. Time counts from the signal that makes the proxy
fetch its configuration to the last affected tunnel closed, so the API's answer is in it. The pause is the longest
round trip of an unaffected tunnel, pinged by a process of its own, less the longest without any change.
"""
import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request

AFFECTED, UNAFFECTED = "a.flip.test", "b.stay.test"


def echo(listener):
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    connections = {}
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
                continue
            try:
                data = connections[descriptor].recv(4096)
                connections[descriptor].sendall(data)
            except OSError:
                data = b""
            if not data:
                poll.unregister(descriptor)
                connections.pop(descriptor).close()


def tunnel(proxy_port, host, port):
    client = socket.create_connection(("127.0.0.1", proxy_port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return client


def ping(proxy_port, port, seconds, report):
    client = tunnel(proxy_port, UNAFFECTED, port)
    end = time.monotonic() + seconds
    longest = 0
    while time.monotonic() < end:
        begin = time.monotonic()
        client.sendall(b"x")
        assert client.recv(1) == b"x", "an unaffected tunnel has ended"
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.0005)
    report.send(longest)


def start(arguments):
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, process.stdout.readline()


def set_rules(api, rules):
    request = urllib.request.Request(f"{api}/sandbox/user", json.dumps({"rules": rules}).encode(), method="PUT")
    urllib.request.urlopen(request, timeout=5).read()


def longest_ping(proxy_port, port, seconds, meanwhile):
    receiver, sender = multiprocessing.Pipe(False)
    pinger = multiprocessing.Process(target=ping, args=(proxy_port, port, seconds, sender))
    pinger.start()
    time.sleep(seconds / 3)
    result = meanwhile()
    longest = receiver.recv()
    pinger.join()
    return longest, result


def end_affected(proxy, api, affected):
    poll = select.epoll()
    for client in affected:
        poll.register(client, select.EPOLLIN | select.EPOLLRDHUP)
    set_rules(api, [f"*.{AFFECTED.split('.', 1)[1]}"])
    begin = time.monotonic()
    os.kill(proxy.pid, signal.SIGHUP)
    left = len(affected)
    while left:
        events = poll.poll(10)
        assert events, f"{left} tunnels do not end"
        last = time.monotonic()
        for descriptor, _ in events:
            poll.unregister(descriptor)
            left -= 1
    return last - begin


def measure(binary, count):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    origin = multiprocessing.Process(target=echo, args=(listener,), daemon=True)
    origin.start()
    sandbox, line = start([binary, "sandbox", "--json"])
    box = json.loads(line)
    set_rules(box["api"], [])
    account = ["--token", box["token"], "--api-base-url", box["api"], "--dns-server", box["dns_server"], "--allow-loopback-names",
               "--gateway-host", box["gateway_host"], "--gateway-port", str(box["gateway_port"])]
    proxy, url = start([binary, *account, "--drain", "0", "--log-level", "silent",
                        "--poll-interval", "3600000"])
    proxy_port = int(url.strip().rsplit(":", 1)[1])
    try:
        affected = [tunnel(proxy_port, AFFECTED, port) for _ in range(count // 2)]
        others = [tunnel(proxy_port, UNAFFECTED, port) for _ in range(count - count // 2)]
        usual, _ = longest_ping(proxy_port, port, 1.5, lambda: None)
        longest, took = longest_ping(proxy_port, port, 1.5, lambda: end_affected(proxy, box["api"], affected))
        for client in others:
            client.sendall(b"y")
            assert client.recv(1) == b"y", "an unaffected tunnel has ended"
        return took, usual, longest
    finally:
        for process in (proxy, sandbox, origin):
            process.terminate()


def main():
    binary = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    took, usual, longest = measure(binary, count)
    print(f"{count} tunnels, {count // 2} affected: the last one closed after {took * 1000:.1f} ms; longest round trip "
          f"of an unaffected one {longest * 1000:.1f} ms, without any change {usual * 1000:.1f} ms")


if __name__ == "__main__":
    main()
