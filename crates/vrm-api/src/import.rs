//! Files of receipts, read without a daemon: which reader fits a file, and what it found.
//!
//! Knows: names and beginnings of files. Must not open one, nor keep what was read.

use vrm_protocol::invitations;
use vrm_protocol::receipts::{self, Batch, ImportError, MAX_MAIL};

use crate::dto::Problem;

/// Largest file that is worth opening, in bytes.
pub const MAX_FILE: u64 = MAX_MAIL as u64;

/// Reads the receipts of a file. The name's ending tells what it is; without one that is known, its beginning.
///
/// # Errors
/// A problem that names the place in the file and what mends it.
pub fn read(name: &str, bytes: &[u8]) -> Result<Batch, Problem> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let read = match ending.as_str() {
        "eml" => receipts::from_mail(bytes),
        "csv" | "tsv" => receipts::from_csv(bytes),
        "json" | "jsonld" | "html" | "htm" => receipts::from_jsonld(bytes),
        _ => by_beginning(bytes),
    };
    read.map_err(|why| refused(name, &why))
}

/// The first link that invites into a conduit, in a file such as a receipt.
#[must_use]
pub fn link(bytes: &[u8]) -> Option<String> {
    receipts::texts(bytes).iter().find_map(|text| invitations::link::find(text).map(str::to_owned))
}

fn by_beginning(bytes: &[u8]) -> Result<Batch, ImportError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match text.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[' | b'<') => receipts::from_jsonld(bytes),
        // A table has no header lines, and a mail has no line that names our columns.
        _ => receipts::from_csv(bytes).or_else(|why| receipts::from_mail(bytes).map_err(|_| why)),
    }
}

fn refused(name: &str, why: &ImportError) -> Problem {
    let name: String = name.chars().take(120).collect();
    Problem { code: "bad_import".to_owned(), ..Problem::usage(format!("{name}: {why}")) }
        .mend("see docs/reference/entry-kinds.md for what is read")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TABLE: &[u8] = b"sold,seller,currency,title,price\n2026-03-01,Acme,EUR,kettle,39.00\n";
    const ORDER: &[u8] = br#"{"@context":"https://schema.org","@type":"Order","seller":{"name":"Acme"},"orderDate":"2026-03-01",
        "orderNumber":"A-1","acceptedOffer":[{"@type":"Offer","itemOffered":{"name":"kettle"},"price":"39.00","priceCurrency":"EUR"}]}"#;
    const MAIL: &[u8] =
        b"From: Acme <shop@acme.example>\r\nDate: Sun, 1 Mar 2026 12:00:00 +0000\r\nSubject: Your order\r\n\r\nTotal: 39.00 EUR\r\n";

    #[test]
    fn an_ending_or_a_beginning_tells_what_a_file_is() {
        for (name, bytes) in [
            ("a.csv", TABLE),
            ("a.JSON", ORDER),
            ("a.eml", MAIL),
            ("a", TABLE),
            ("-", ORDER),
            ("mail.txt", MAIL),
        ] {
            let batch = read(name, bytes).unwrap_or_else(|e| panic!("{name}: {}", e.cause));
            assert_eq!(batch.receipts[0].receipt.totals.gross.to_string(), "39.00 EUR", "{name}");
            assert!(batch.receipts[0].receipt.is_own());
        }
    }

    #[test]
    fn a_link_is_found_in_whatever_a_receipt_is_wrapped_in() {
        let mail = b"From: a@b.example\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nOpen vrm:join?AbC=\r\nd-_9 now\r\n";
        let page = br#"{"note": "<a href='vrm:join?AbCd-_9'>join</a>"}"#;
        for (bytes, found) in
            [(&mail[..], Some("vrm:join?AbCd-_9")), (page, Some("vrm:join?AbCd-_9")), (MAIL, None)]
        {
            assert_eq!(link(bytes).as_deref(), found);
        }
    }

    #[test]
    fn what_is_no_receipt_is_refused_by_its_name() {
        for (name, bytes) in [("a.csv", &b"x,y\n1,2\n"[..]), ("a.json", b"{"), ("a.eml", b""), ("a", b"\xff")]
        {
            let refused = read(name, bytes).unwrap_err();
            assert!(refused.cause.starts_with(name), "{}", refused.cause);
        }
    }
}
