//! The host in a Cloudflare Worker. JavaScript owns the objects, their bindings and their sockets (`js/`); this crate
//! gives the core its ports over them. Decides nothing: the core does.

mod exchange;
mod instance;
mod options;
mod platform;
mod ports;

use wasm_bindgen::prelude::*;

/// Says where a panic was before it unwinds to whoever answers for it.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| report(&panic.to_string())));
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn report(line: &str);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill(buffer: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// The seed of hash tables.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "getrandom's contract for a backend of one's own")]
unsafe extern "Rust" fn __getrandom_v03_custom(
    buffer: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom hands over a buffer of this length, whose content does not matter yet.
    let buffer = unsafe {
        std::ptr::write_bytes(buffer, 0, length);
        std::slice::from_raw_parts_mut(buffer, length)
    };
    fill(buffer).map(drop).map_err(|_| getrandom::Error::UNEXPECTED)
}
