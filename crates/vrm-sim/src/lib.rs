//! A seeded world around vrm-protocol: network, disk, clock and a reference model. Development only.
