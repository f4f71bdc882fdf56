//! The shape of everything that is written: records on disk as CBOR, objects on the wire as CBOR and JSON.
//!
//! A change here is a change of format: of the store, with a migration, or of the protocol, with a version.
#![allow(clippy::unwrap_used)]

mod objects;
mod records;

use serde::Serialize;

/// A value as people read it and as it is stored, in lines.
fn shape(value: &impl Serialize, bytes: &[u8]) -> String {
    let hex = data_encoding::HEXLOWER.encode(bytes);
    let lines: Vec<&str> = hex.as_bytes().chunks(96).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("{}\n\n{}", serde_json::to_string_pretty(value).unwrap(), lines.join("\n"))
}
