//! The bounds of an expression, each with its reason.
//!
//! Filters come from people and, as audiences, from peers: whoever writes one must not be able to cost others more
//! than a few microseconds per object.

/// Longest source in bytes. A condition that does not fit on a screen is not reviewed by anyone.
pub const MAX_SOURCE: usize = 2_048;

/// Most nodes of a tree: what a source of that length holds when it is written sensibly.
pub const MAX_NODES: usize = 256;

/// Deepest nesting. Keeps the recursive parser, checker and evaluator within a small stack.
pub const MAX_DEPTH: usize = 24;

/// Steps of one evaluation. One node, one comparison of an element, or 64 bytes of text cost a step;
/// the bound lets a condition look at some hundred list elements and stops a nested macro within a millisecond.
pub const FUEL: u32 = 20_000;

/// Bytes of text that are handled for one step.
pub(crate) const BYTES_PER_STEP: usize = 64;

/// Steps for one distance on the globe, which takes about as long as so many comparisons.
pub(crate) const DISTANCE_STEPS: usize = 16;
