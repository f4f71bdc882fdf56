//! The vector files: where they lie, how they are written, how a difference is shown.

use std::path::{Path, PathBuf};

use serde::Serialize;

pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/vectors")
}

/// Compares the file with what it should be, or writes it when asked to.
pub(crate) fn compare_or_write(name: &str, content: &impl Serialize) {
    let path = directory().join(format!("{name}.json"));
    let mut wanted = serde_json::to_string_pretty(content).unwrap();
    wanted.push('\n');
    if std::env::var_os("VRM_WRITE_VECTORS").is_some() {
        // Renamed into place: the check that reads the files may run at the same time.
        let aside = path.with_extension("new");
        std::fs::write(&aside, wanted).unwrap();
        std::fs::rename(&aside, &path).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != wanted {
        let line = found.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
        let shown = |text: &str| text.lines().nth(line).map(|l| l.chars().take(200).collect::<String>());
        panic!(
            "{name}.json differs in line {}:\n  file: {:?}\n  now:  {:?}\nThe protocol has changed. If that is meant, \
             run with VRM_WRITE_VECTORS=1.",
            line + 1,
            shown(&found),
            shown(&wanted)
        );
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}
