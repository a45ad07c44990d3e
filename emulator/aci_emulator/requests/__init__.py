"""What a request asks for, whether Azure takes it, and how it is stored."""
