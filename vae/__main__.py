"""`python -m vae`."""


def _main() -> int:
    from vae.cli import main  # takes a while, and Ctrl-C may come meanwhile

    return main()


if __name__ == "__main__":
    try:
        from vae import console

        status = console.run(_main)
    except KeyboardInterrupt:  # before `run` is in charge
        status = 130
    raise SystemExit(status)
