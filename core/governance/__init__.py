"""What a team may use and spend: quotas of its account, and its budget. Standard library only, and pure."""
