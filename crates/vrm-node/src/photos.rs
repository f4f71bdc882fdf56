//! Photos before they are sent: only the picture goes on. EXIF, GPS, thumbnails, comments and colour profiles stay here.
//!
//! A photo is decoded within bounds, turned the right way up, made no larger than a screen, and encoded anew; nothing of
//! the file but its pixels reaches the result. Knows: JPEG, PNG, WebP. Must not know where a photo goes. What this gives
//! is shown as the preview, and the same bytes are attached.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Largest file that is read: twice what cameras of telephones make.
pub const MAX_FILE: usize = 32 << 20;
/// Longest edge that is decoded, in pixels.
const MAX_EDGE: u32 = 16_384;
/// Pixels that are decoded: a camera of 100 megapixels. A bomb says how large it is before anything is unpacked.
const MAX_PIXELS: u64 = 100_000_000;
/// Bytes that decoding may take: those pixels with four bytes each, and some to spare.
const MAX_MEMORY: u64 = 448 << 20;
/// Longest edge of what is sent, in pixels: a worn sole is seen well, and four photos fit a message.
const EDGE: u32 = 2_048;
/// Quality of the JPEG that is sent, of 100: no loss that an eye finds.
const QUALITY: u8 = 85;

/// Why a file is not taken as a photo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// The file is longer than any photo.
    #[error("the file has {0} bytes, the limit is {MAX_FILE}")]
    FileTooLarge(usize),
    /// Another format, or none.
    #[error("this is no JPEG, PNG or WebP")]
    Format,
    /// More pixels than are decoded.
    #[error("{0} × {1} pixels are more than are decoded here")]
    TooManyPixels(u32, u32),
    /// The file is damaged.
    #[error("the photo does not decode: {0}")]
    Broken(String),
}

/// A photo that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The file, encoded anew.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// The media type of a photo's bytes, by how they begin; `None` when they are no photo that this module knows.
#[must_use]
pub fn media_of(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Png => Some("image/png"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

/// Makes a photo of a file: its pixels and nothing else. Takes a moment: run it where blocking is fine.
///
/// # Errors
/// [`PhotoError`].
pub fn clean(file: &[u8]) -> Result<Photo, PhotoError> {
    if file.len() > MAX_FILE {
        return Err(PhotoError::FileTooLarge(file.len()));
    }
    encode(&within_edge(decode(file)?))
}

fn decode(file: &[u8]) -> Result<DynamicImage, PhotoError> {
    media_of(file).ok_or(PhotoError::Format)?;
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|e| broken(&e.into()))?;
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|e| broken(&e))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(PhotoError::TooManyPixels(width, height));
    }
    // A photo without a word about it stands as it is.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| broken(&e))?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_EDGE);
    limits.max_image_height = Some(MAX_EDGE);
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

fn within_edge(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) <= EDGE {
        return image;
    }
    image.resize(EDGE, EDGE, FilterType::CatmullRom)
}

/// What one can see through stays PNG; everything else becomes JPEG.
fn encode(image: &DynamicImage) -> Result<Photo, PhotoError> {
    let mut bytes = Vec::new();
    let (width, height) = (image.width(), image.height());
    let media = if is_transparent(image) {
        let encoder = PngEncoder::new(&mut bytes);
        DynamicImage::from(image.to_rgba8()).write_with_encoder(encoder).map_err(|e| broken(&e))?;
        "image/png"
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        DynamicImage::from(image.to_rgb8()).write_with_encoder(encoder).map_err(|e| broken(&e))?;
        "image/jpeg"
    };
    Ok(Photo { bytes, media, width, height })
}

fn is_transparent(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX)
}

fn broken(error: &image::ImageError) -> PhotoError {
    PhotoError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    /// A picture whose left half is red and whose right half is blue.
    fn picture(width: u32, height: u32) -> RgbImage {
        let colour = |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
        RgbImage::from_fn(width, height, colour)
    }

    fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// One field of a TIFF directory, little-endian.
    fn field(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    }

    /// EXIF that says the camera lay on its side, who made it, and where: 52° 31' 12" north.
    fn exif() -> Vec<u8> {
        const MAKER: &[u8] = b"AliceCam secret serial\0\0";
        let gps_at = 8 + 2 + 3 * 12 + 4;
        let latitude_at = gps_at + 2 + 2 * 12 + 4;
        let maker_at = latitude_at + 24;
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend(3u16.to_le_bytes());
        tiff.extend(field(0x010f, 2, MAKER.len() as u32, maker_at));
        tiff.extend(field(0x0112, 3, 1, 6));
        tiff.extend(field(0x8825, 4, 1, gps_at));
        tiff.extend(0u32.to_le_bytes());
        tiff.extend(2u16.to_le_bytes());
        tiff.extend(field(0x0001, 2, 2, u32::from(b'N')));
        tiff.extend(field(0x0002, 5, 3, latitude_at));
        tiff.extend(0u32.to_le_bytes());
        for part in [52u32, 1, 31, 1, 12, 1] {
            tiff.extend(part.to_le_bytes());
        }
        tiff.extend(MAKER);
        tiff
    }

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat()
    }

    /// A JPEG as a telephone makes it.
    fn snapshot() -> Vec<u8> {
        let plain = file(picture(64, 32), ImageFormat::Jpeg);
        let exif = segment(0xe1, &[b"Exif\0\0", exif().as_slice()].concat());
        let comment = segment(0xfe, b"taken at home");
        let photoshop = segment(0xed, b"Photoshop 3.0\0caption");
        [&plain[..2], &exif, &comment, &photoshop, &plain[2..]].concat()
    }

    fn holds(bytes: &[u8], words: &[u8]) -> bool {
        bytes.windows(words.len()).any(|w| w == words)
    }

    /// The markers of a JPEG up to its scan.
    fn markers(jpeg: &[u8]) -> Vec<u8> {
        let (mut at, mut found) = (2, Vec::new());
        while jpeg[at] == 0xff && jpeg[at + 1] != 0xda {
            found.push(jpeg[at + 1]);
            at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        }
        found
    }

    #[test]
    fn where_and_with_what_it_was_taken_stays_here() {
        let snapshot = snapshot();
        let spies: [&[u8]; 4] = [b"Exif", b"AliceCam", b"taken at home", b"Photoshop"];
        assert!(spies.iter().all(|spy| holds(&snapshot, spy)), "the test's own photo holds them");
        let mut decoder =
            ImageReader::new(Cursor::new(&snapshot)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.exif_metadata().unwrap().unwrap(), exif(), "and a reader finds them");
        let photo = clean(&snapshot).unwrap();
        assert!(spies.iter().all(|spy| !holds(&photo.bytes, spy)));
        // Tables, frame and the plain JFIF header: no other application segment and no comment.
        assert!(
            markers(&photo.bytes).iter().all(|m| matches!(m, 0xc0..=0xc4 | 0xdb | 0xe0)),
            "{:x?}",
            markers(&photo.bytes)
        );
        let mut decoder = ImageReader::new(Cursor::new(&photo.bytes))
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        assert_eq!((decoder.exif_metadata().unwrap(), decoder.icc_profile().unwrap()), (None, None));
    }

    #[test]
    fn a_camera_on_its_side_gives_an_upright_photo() {
        let photo = clean(&snapshot()).unwrap();
        assert_eq!((photo.width, photo.height, photo.media), (32, 64, "image/jpeg"));
        let seen = image::load_from_memory(&photo.bytes).unwrap().to_rgb8();
        let (above, below) = (seen.get_pixel(16, 8).0, seen.get_pixel(16, 56).0);
        assert!(above[0] > 150 && above[2] < 90 && below[2] > 150 && below[0] < 90, "{above:?} {below:?}");
    }

    #[test]
    fn every_known_format_comes_out_clean_and_no_larger_than_a_screen() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let photo = clean(&file(picture(3000, 1500), format)).unwrap();
            assert_eq!((photo.width, photo.height, photo.media), (2048, 1024, "image/jpeg"), "{format:?}");
            assert_eq!(media_of(&photo.bytes), Some("image/jpeg"));
        }
        let glass = RgbaImage::from_pixel(8, 8, Rgba([10, 20, 30, 40]));
        let photo = clean(&file(glass, ImageFormat::Png)).unwrap();
        assert_eq!((photo.media, media_of(&photo.bytes)), ("image/png", Some("image/png")));
        let solid = RgbaImage::from_pixel(8, 8, Rgba([10, 20, 30, 255]));
        assert_eq!(clean(&file(solid, ImageFormat::Png)).unwrap().media, "image/jpeg");
    }

    /// A PNG of 60,000 × 60,000 pixels in a few dozen bytes, and one just within the edges.
    #[test]
    fn a_bomb_is_refused_by_what_it_says_before_it_is_unpacked() {
        for (edge, told) in [(60_000u32, false), (16_000, true)] {
            let mut bomb = file(picture(2, 2), ImageFormat::Png);
            bomb[16..20].copy_from_slice(&edge.to_be_bytes());
            bomb[20..24].copy_from_slice(&edge.to_be_bytes());
            let sum = crc(&bomb[12..29]);
            bomb[29..33].copy_from_slice(&sum.to_be_bytes());
            let refused = clean(&bomb).unwrap_err();
            assert_eq!(matches!(refused, PhotoError::TooManyPixels(..)), told, "{refused:?}");
        }
    }

    /// CRC-32 as PNG has it (ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
    }

    #[test]
    fn what_is_no_photo_is_refused() {
        assert_eq!(clean(b"GIF89a\x01\0\x01\0"), Err(PhotoError::Format));
        assert_eq!(clean(b""), Err(PhotoError::Format));
        let whole = file(picture(64, 64), ImageFormat::Png);
        assert!(matches!(clean(&whole[..whole.len() / 2]), Err(PhotoError::Broken(_))));
        assert_eq!(clean(&vec![0; MAX_FILE + 1]), Err(PhotoError::FileTooLarge(MAX_FILE + 1)));
    }
}
