//! Input object → HTTP request, by the operation's mapper.
