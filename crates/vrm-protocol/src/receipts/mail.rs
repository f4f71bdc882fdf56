//! Receipts out of e-mails: the JSON-LD that shops put into them, else the total that their text names.
//!
//! Knows: parts of a message. Must not open attachments other than JSON-LD, follow links or show anything.

use mail_parser::{Message, MessageParser, PartType};
use vrm_core::body::Source;
use vrm_core::value::Timestamp;

use super::error::ImportError;
use super::jsonld::{self, Known};
use super::{Batch, MAX_FILE, plain};

/// Parts of one mail that are looked at; nobody's order confirmation has as many.
const PARTS: usize = 256;

pub(super) fn read(bytes: &[u8]) -> Result<Batch, ImportError> {
    let mail = MessageParser::default().parse(bytes).ok_or(ImportError::NotMail)?;
    if mail.from().is_none() && mail.date().is_none() && mail.subject().is_none() {
        return Err(ImportError::NotMail);
    }
    let known = Known { seller: sender(&mail), sold: sent(&mail) };
    let mut batch = Batch::default();
    for text in mail.parts.iter().take(PARTS).filter_map(document) {
        match jsonld::read_document(text, &known, Source::Mail) {
            Ok(read) => batch.extend(read),
            Err(ImportError::Nothing) => {}
            Err(refused) => batch.refused.push(refused),
        }
    }
    if batch == Batch::default() { plain_text(&mail, &known) } else { Ok(batch) }
}

/// The texts of a mail as they read, whatever they were wrapped in; none when it is no mail.
pub(super) fn texts(bytes: &[u8]) -> Vec<String> {
    let Some(mail) = MessageParser::default().parse(bytes) else { return Vec::new() };
    let text = |part: &mail_parser::MessagePart<'_>| match &part.body {
        PartType::Text(text) | PartType::Html(text) => Some(text.to_string()),
        _ => None,
    };
    mail.parts.iter().take(PARTS).filter_map(text).collect()
}

/// The text of a part that may hold JSON-LD.
fn document<'a>(part: &'a mail_parser::MessagePart<'_>) -> Option<&'a str> {
    let is_data = mail_parser::MimeHeaders::content_type(part)
        .is_some_and(|kind| kind.ctype() == "application" && kind.subtype() == Some("ld+json"));
    let text = match &part.body {
        PartType::Html(html) => html,
        PartType::Text(text) if is_data || text.contains("application/ld+json") => text,
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if is_data => {
            std::str::from_utf8(bytes).ok()?
        }
        _ => return None,
    };
    if text.len() <= MAX_FILE { Some(text) } else { None }
}

/// The sender's name, or the part of its address that names the firm.
fn sender(mail: &Message<'_>) -> Option<String> {
    let from = mail.from()?.first()?;
    let domain = || from.address()?.rsplit('@').next();
    from.name().filter(|name| !name.trim().is_empty()).or_else(domain).map(str::to_owned)
}

fn sent(mail: &Message<'_>) -> Option<Timestamp> {
    let seconds = u64::try_from(mail.date()?.to_timestamp()).ok()?;
    Timestamp::new(seconds).ok()
}

fn plain_text(mail: &Message<'_>, known: &Known) -> Result<Batch, ImportError> {
    let text = mail.body_text(0).ok_or(ImportError::Nothing)?;
    let subject = mail.subject().unwrap_or_default();
    Ok(Batch::one(plain::receipt(subject, &text, known)?))
}
