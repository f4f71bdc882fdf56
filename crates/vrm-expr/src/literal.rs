//! Quoted literals: strings and bytes with the escapes of CEL.
//!
//! Knows quotes, prefixes and escapes. Must not know where in the source they stand; offsets are relative.

use crate::problem::Problem;
use crate::token::TokenKind;

/// The broken rule and the bytes where it was broken.
type Refused = (Problem, usize, usize);

/// Reads one quoted literal at the start of `text`: its value and how many bytes it took.
pub(crate) fn quoted<'s>(text: &str) -> Result<(TokenKind<'s>, usize), Refused> {
    let prefix = text.find(['"', '\'']).unwrap_or(0);
    let (raw, bytes) = prefix_flags(&text[..prefix]).ok_or((Problem::Escape, 0, prefix))?;
    let mut reader =
        Reader { text, at: prefix + 1, quote: text[prefix..].chars().next().unwrap_or('"'), bytes };
    let mut content = Vec::new();
    while let Some(c) = reader.inside()? {
        match c {
            '\\' if !raw => reader.escape(&mut content)?,
            _ => content.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    let end = reader.at;
    let kind = match bytes {
        true => TokenKind::Bytes(content),
        // Only byte literals may hold what is not text.
        false => TokenKind::Text(String::from_utf8(content).map_err(|_| (Problem::Escape, 0, end))?),
    };
    Ok((kind, end))
}

/// What to write instead of a refused literal.
pub(crate) fn hint(problem: &Problem) -> Option<&'static str> {
    match problem {
        Problem::OpenString => Some("close it on the same line; write \\n for a line break"),
        Problem::Escape => Some(
            "known are \\\\ \\\" \\' \\n \\r \\t \\xHH \\uHHHH \\UHHHHHHHH; write r\"…\" to take all as it is",
        ),
        _ => None,
    }
}

fn prefix_flags(prefix: &str) -> Option<(bool, bool)> {
    match prefix.to_ascii_lowercase().as_str() {
        "" => Some((false, false)),
        "r" => Some((true, false)),
        "b" => Some((false, true)),
        "rb" | "br" => Some((true, true)),
        _ => None,
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    quote: char,
    bytes: bool,
}

impl Reader<'_> {
    /// The next character before the closing quote, `None` once that is passed.
    fn inside(&mut self) -> Result<Option<char>, Refused> {
        match self.advance() {
            Some('\n' | '\r') | None => Err((Problem::OpenString, 0, self.at.min(self.text.len()))),
            Some(c) if c == self.quote => Ok(None),
            some => Ok(some),
        }
    }

    fn advance(&mut self) -> Option<char> {
        let c = self.text.get(self.at..)?.chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn escape(&mut self, content: &mut Vec<u8>) -> Result<(), Refused> {
        let start = self.at - 1;
        let letter = self.advance();
        let found = match letter {
            Some('x' | 'X') => self.coded(2, 16),
            Some('u') if !self.bytes => self.coded(4, 16),
            Some('U') if !self.bytes => self.coded(8, 16),
            Some('0'..='3') => {
                self.at -= 1;
                self.coded(3, 8)
            }
            Some(letter) => simple(letter),
            None => None,
        };
        let c = found.ok_or((Problem::Escape, start, self.at.min(self.text.len())))?;
        match (self.bytes, u8::try_from(c)) {
            (true, Ok(byte)) => content.push(byte),
            _ => content.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        Ok(())
    }

    fn coded(&mut self, len: usize, radix: u32) -> Option<char> {
        let digits = self.text.get(self.at..self.at + len)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += len;
        char::from_u32(u32::from_str_radix(digits, radix).ok()?)
    }
}

fn simple(letter: char) -> Option<char> {
    Some(match letter {
        '\\' | '"' | '\'' | '`' | '?' => letter,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{C}',
        'v' => '\u{B}',
        _ => return None,
    })
}
