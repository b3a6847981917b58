//! Jobs by a clock that is moved.
