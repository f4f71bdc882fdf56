//! An invitation as a link: `vrm:join?` and the signed bytes in base64 for addresses, without padding.
//!
//! Knows: the one spelling. Must not know whether the invitation is still good: that depends on the clock.

use data_encoding::BASE64URL_NOPAD;
use vrm_core::Signed;
use vrm_core::envelope::EnvelopeError;
use vrm_core::limits::{ENVELOPE_OVERHEAD, INVITATION_PAYLOAD};
use vrm_core::object::Invitation;

/// What a link begins with.
pub const START: &str = "vrm:join?";
/// Characters of the longest link: as many bytes as a QR code of the largest size holds.
pub const MAX_LINK: usize = START.len() + (INVITATION_PAYLOAD + ENVELOPE_OVERHEAD).div_ceil(3) * 4;

/// Why a text is not a link that invites.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// It begins with something else.
    #[error("a link that invites begins with {START}; paste all of it")]
    Start,
    /// Longer than any.
    #[error("a link that invites has at most {MAX_LINK} characters, and this has {0}")]
    TooLong(usize),
    /// Not base64.
    #[error("the link holds a character that no link has, or its end is missing; paste all of it")]
    Spelling,
    /// What it holds is not an invitation, or was changed.
    #[error("the link was changed or cut on its way: {0}; ask for it again")]
    Invitation(#[from] EnvelopeError),
}

/// Spells an invitation.
#[must_use]
pub fn write(invitation: &Signed<Invitation>) -> String {
    format!("{START}{}", BASE64URL_NOPAD.encode(invitation.raw().as_bytes()))
}

/// Reads a link and checks its signature. Blanks around it are passed over.
///
/// # Errors
/// [`BadLink`].
pub fn read(text: &str) -> Result<Signed<Invitation>, BadLink> {
    let text = text.trim();
    if text.len() > MAX_LINK {
        return Err(BadLink::TooLong(text.len()));
    }
    let spelled = text.strip_prefix(START).ok_or(BadLink::Start)?;
    let bytes = BASE64URL_NOPAD.decode(spelled.as_bytes()).map_err(|_| BadLink::Spelling)?;
    Ok(Signed::open(&bytes)?)
}

/// The first link in a text, such as that of a receipt.
#[must_use]
pub fn find(text: &str) -> Option<&str> {
    let link = &text[text.find(START)?..];
    let of_a_link = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let len = link.bytes().skip(START.len()).take_while(of_a_link).count();
    link.get(..START.len() + len).filter(|_| len > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use vrm_core::envelope::{Payload, sign};
    use vrm_core::object::{Party, Route};
    use vrm_core::value::Timestamp;
    use vrm_core::{SealKey, Signer};

    fn acmes(name: &str, addr: &str) -> Signed<Invitation> {
        let signer = Signer::from_seed(&[1; 32]);
        let body = Invitation {
            side: Party::Vendor,
            name: name.parse().unwrap(),
            reply: SealKey::from_seed([2; 32]).public(),
            route: Some(Route { peer: "12D3Koo".parse().unwrap(), addrs: vec![addr.parse().unwrap()] }),
            mailboxes: Vec::new(),
            terms: None,
            work: 16,
        };
        let [at, till] = [1_800_000_000, 1_800_600_000].map(|at| Timestamp::new(at).unwrap());
        sign(Payload::new(signer.public(), at, till, [3; 16], body), &signer).unwrap()
    }

    #[test]
    fn what_is_no_link_is_refused_in_words_that_help() {
        let link = write(&acmes("Acme", "/ip4/192.0.2.1/tcp/8762"));
        assert_eq!(read("vrm:/ip4/192.0.2.1/tcp/8762").unwrap_err(), BadLink::Start);
        assert_eq!(read("").unwrap_err(), BadLink::Start);
        assert_eq!(
            read(&format!("{START}{}", "A".repeat(MAX_LINK))).unwrap_err(),
            BadLink::TooLong(MAX_LINK + 9)
        );
        assert_eq!(read(&format!("{link}=")).unwrap_err(), BadLink::Spelling);
        assert_eq!(read(&link.replace("vrm:join?", "vrm:join?+")).unwrap_err(), BadLink::Spelling);
        assert!(matches!(read(START), Err(BadLink::Invitation(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_link_reads_back_wherever_it_stands(name in "[a-zA-Z][a-z A-Z]{0,60}[a-z]", before in "[^v]{0,40}", after in "([ \\n\"<.].{0,40})?") {
            let invitation = acmes(&name, "/ip4/192.0.2.1/tcp/8762");
            let link = write(&invitation);
            prop_assert_eq!(read(&format!(" {link}\n")).unwrap().id(), invitation.id());
            let text = format!("{before}{link}{after}");
            prop_assert_eq!(find(&text), Some(link.as_str()));
        }

        #[test]
        fn a_changed_character_is_noticed(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let link = write(&acmes("Acme", "/ip4/192.0.2.1/tcp/8762"));
            let at = START.len() + at.index(link.len() - START.len());
            let changed = format!("{}{to}{}", &link[..at], &link[at + 1..]);
            prop_assume!(changed != link);
            prop_assert!(read(&changed).is_err());
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}", tail in "[A-Za-z0-9_-]{0,300}") {
            let _ = (read(&text), read(&format!("{START}{tail}")), find(&text));
        }
    }
}
