"""Streamlit parts of the accounts."""
