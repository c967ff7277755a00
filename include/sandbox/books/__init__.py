"""The books of Kontur.Accounting and of Kontur.Elba in both of its dialects, by their contracts."""
