"""Erases somebody in the demonstration that `scripts/demo` runs: they come, they go, and two people erase them."""

from caller import Caller


def main():
    adam, gita, gustav = (Caller(name) for name in ("adam", "gita", "gustav"))
    came = adam.post("/v1/people", json={"name": "Paula Parted", "email": "paula@example.com"})
    path = f"/v1/people/{came['id']}"
    adam.post(f"{path}/leave", json={})
    found = gita.get(f"{path}/erasure")["would"]["found"]
    change = gita.post(f"{path}/erase", json={"found": found})
    gustav.post(f"/v1/changes/{change['id']}/confirm", json={"hash": change["hash"]})
    assert gita.get(f"{path}/erasure")["erased"]["texts"] > 0


if __name__ == "__main__":
    main()
