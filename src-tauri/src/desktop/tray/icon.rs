//! The icon of the tray: the app's icon with a badge for the state of the call.

use tauri::image::Image;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Badge {
    None,
    /// In a call, with the microphone on.
    Live,
    /// In a call, muted.
    Muted,
}

const SMALL: Image<'static> = tauri::include_image!("src-tauri/icons/32x32.png");
const LARGE: Image<'static> = tauri::include_image!("src-tauri/icons/128x128.png");

/// Colours of the UI.
const PINE: [u8; 3] = [0x3f, 0x8f, 0x63];
const BRICK: [u8; 3] = [0xb8, 0x4a, 0x2e];
const PAPER: [u8; 3] = [0xff, 0xfd, 0xf9];

/// The icon in both sizes that trays use.
pub(super) fn icons(badge: Badge) -> [Image<'static>; 2] {
    [SMALL, LARGE].map(|plain| draw_badge(&plain, badge))
}

/// Draws a dot with a rim at the lower right, and a bar in it when muted.
fn draw_badge(plain: &Image<'_>, badge: Badge) -> Image<'static> {
    let (width, height) = (plain.width(), plain.height());
    let mut pixels = plain.rgba().to_vec();
    let colour = match badge {
        Badge::None => return Image::new_owned(pixels, width, height),
        Badge::Live => PINE,
        Badge::Muted => BRICK,
    };
    let (size, radius) = (f64::from(width), f64::from(width) * 0.27);
    let centre = size - radius - size * 0.02;
    for (at, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let x = f64::from(at % width) + 0.5 - centre;
        let y = f64::from(at / width) + 0.5 - centre;
        let distance = x.hypot(y);
        let is_bar = badge == Badge::Muted && x.abs() < radius * 0.55 && y.abs() < radius * 0.17;
        let colour = if distance > radius {
            continue;
        } else if distance > radius * 0.82 || is_bar {
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
    fn each_state_has_its_own_icon_in_each_size() {
        let all = [Badge::None, Badge::Live, Badge::Muted].map(icons);
        for size in 0..2 {
            let [plain_icon, live, muted] = all.each_ref().map(|icons| &icons[size]);
            let bytes = (plain_icon.width() * plain_icon.height() * 4) as usize;
            for icon in [plain_icon, live, muted] {
                assert_eq!(icon.rgba().len(), bytes);
            }
            assert_ne!(plain_icon.rgba(), live.rgba());
            assert_ne!(live.rgba(), muted.rgba());
            // The badge does not cover the upper part.
            let half = bytes / 3;
            assert_eq!(plain_icon.rgba()[..half], muted.rgba()[..half]);
        }
    }
}
