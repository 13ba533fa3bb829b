"""What several pages draw: charts, pickers, dialogs, problems."""
