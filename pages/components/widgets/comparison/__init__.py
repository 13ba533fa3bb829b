"""What the Compare page is made of: the two sides, their maps, and a module for each tab below."""
