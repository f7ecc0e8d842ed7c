//! Numeric building blocks on plain slices. They know no dimension at compile time.
