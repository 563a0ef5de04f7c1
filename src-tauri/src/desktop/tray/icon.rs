//! The tray's icon: the app's own, with a mark for the state one is in.

use tauri::image::Image;

/// The mark in the corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// None.
    Bare,
    /// One is heard.
    Live,
    /// One is in the call, and muted.
    Muted,
}

const SMALL: Image<'static> = tauri::include_image!("src-tauri/icons/32x32.png");
const LARGE: Image<'static> = tauri::include_image!("src-tauri/icons/128x128.png");

/// The colours of the UI's pine, brick and paper.
const PINE: [u8; 3] = [0x3f, 0x8f, 0x63];
const BRICK: [u8; 3] = [0xb8, 0x4a, 0x2e];
const PAPER: [u8; 3] = [0xff, 0xfd, 0xf9];

/// In both sizes that trays take.
pub(super) fn icons(mark: Mark) -> [Image<'static>; 2] {
    [SMALL, LARGE].map(|plain| marked(&plain, mark))
}

/// A dot at the lower right with a rim around it; muted, a bar lies in it.
fn marked(plain: &Image<'_>, mark: Mark) -> Image<'static> {
    let (width, height) = (plain.width(), plain.height());
    let mut pixels = plain.rgba().to_vec();
    let colour = match mark {
        Mark::Bare => return Image::new_owned(pixels, width, height),
        Mark::Live => PINE,
        Mark::Muted => BRICK,
    };
    let (size, radius) = (f64::from(width), f64::from(width) * 0.27);
    let centre = size - radius - size * 0.02;
    for (at, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let x = f64::from(at % width) + 0.5 - centre;
        let y = f64::from(at / width) + 0.5 - centre;
        let away = x.hypot(y);
        let is_bar = mark == Mark::Muted && x.abs() < radius * 0.55 && y.abs() < radius * 0.17;
        let colour = if away > radius {
            continue;
        } else if away > radius * 0.82 || is_bar {
            PAPER
        } else {
            colour
        };
        pixel[..3].copy_from_slice(&colour);
        pixel[3] = u8::MAX;
    }
    Image::new_owned(pixels, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_an_icon_of_its_own_in_each_size() {
        let all = [Mark::Bare, Mark::Live, Mark::Muted].map(icons);
        for size in 0..2 {
            let [bare, live, muted] = all.each_ref().map(|icons| &icons[size]);
            let bytes = (bare.width() * bare.height() * 4) as usize;
            for icon in [bare, live, muted] {
                assert_eq!(icon.rgba().len(), bytes);
            }
            assert_ne!(bare.rgba(), live.rgba());
            assert_ne!(live.rgba(), muted.rgba());
            // The mark leaves the upper left alone.
            let half = bytes / 3;
            assert_eq!(bare.rgba()[..half], muted.rgba()[..half]);
        }
    }
}
