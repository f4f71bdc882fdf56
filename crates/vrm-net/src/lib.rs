//! The only crate that imports libp2p: swarm loop, topics, letters, limits, verdicts.
