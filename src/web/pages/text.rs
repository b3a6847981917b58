//! In which language pages speak to whom: [`Tongue`] has the words; what a browser asks for is read here.

pub(super) use crate::tongue::{Said, Tongue};
use crate::words::{Language, Zone};

/// What is known of somebody who is not signed in: what their browser says.
pub(super) fn of_browser(accepts: &str) -> Tongue {
    Tongue { language: preferred(accepts), zone: Zone::UTC }
}

/// The best of our languages for `Accept-Language` (RFC 9110 §12.5.4); English, where none fits.
fn preferred(accepts: &str) -> Language {
    let weighed = accepts.split(',').filter_map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        Some((tag.parse::<Language>().ok()?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    // The first of equals stays first.
    weighed.fold((Language::En, 0.0), |best, one| if one.1 > best.1 { one } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_our_languages_is_spoken() {
        for (accepts, language) in [
            ("", Language::En),
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("fr, de;q=0.3, en;q=0.7", Language::En),
            ("fr", Language::En),
            ("de;q=0, en;q=0.1", Language::En),
            ("*", Language::En),
        ] {
            assert_eq!(preferred(accepts), language, "{accepts}");
        }
    }
}
