"""What the app's server does beside the pages: routes, messages without paths, uploads, activity in the browser."""
