"""Pages and parts of pages of the review, drawn with Streamlit."""
