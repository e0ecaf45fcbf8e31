"""What multicooker costs, as ratios against doing the same by hand; README.md says how."""
