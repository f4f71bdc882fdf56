//! Durable and in-memory stores behind the traits of vrm-protocol.
