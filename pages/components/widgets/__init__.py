"""What pages draw: pickers, tables, charts, forms, panels, dialogs, problems."""
