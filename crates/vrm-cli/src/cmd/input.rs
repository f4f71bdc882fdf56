//! JSON and other files that commands read: from a path, or from standard input as `-`; never more than a bound.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use crate::failure::{Failure, at_file, usage};

/// Largest body that is read, in bytes: what an entry holds, written in JSON.
const MAX_BODY: u64 = 1024 * 1024;

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|e| at_file(path, &e))?;
    if bytes.len() as u64 > most {
        let cause = format!("{} holds more than {most} bytes", path.display());
        return Err(usage("large_file", "the file is too large", cause, "split it"));
    }
    Ok(bytes)
}

/// A JSON object of a file, or of standard input for `-`.
pub(crate) fn object(path: &Path) -> Result<Map<String, Value>, Failure> {
    serde_json::from_slice(&bytes(path, MAX_BODY)?).map_err(|e| {
        let cause = format!("{}: {e}", path.display());
        usage("bad_json", "this is not a JSON object", cause, "write the fields as {\"name\": value, …}")
    })
}
