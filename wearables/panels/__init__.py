"""Streamlit pages and parts of live sessions."""
