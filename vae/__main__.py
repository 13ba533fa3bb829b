"""`python -m vae`, and the command `zscape`."""


def main() -> int:
    """Runs as the whole of a process, and returns the exit status."""
    try:
        from vae import console

        return console.run(_command)
    except KeyboardInterrupt:  # before `run` is in charge
        return 130


def _command() -> int:
    from vae.cli import main  # takes a while, and Ctrl-C may come meanwhile

    return main()


if __name__ == "__main__":
    raise SystemExit(main())
