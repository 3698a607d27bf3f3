//! QuickJS's allocator: libc's, counted and capped.
//!
//! QuickJS's own accounting needs `malloc_usable_size`, which it does not use on this target, so
//! its memory limit would not hold. Never counts what the Rust side allocates.

use std::cell::Cell;
use std::ffi::c_void;

use rquickjs::allocator::Allocator;

thread_local! {
    static USED: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Sets the cap, in bytes.
pub(crate) fn set_limit(bytes: u64) {
    LIMIT.set(usize::try_from(bytes).unwrap_or(usize::MAX));
}

/// The highest use so far, in bytes.
pub(crate) fn peak() -> u64 {
    PEAK.get() as u64
}

/// Whether an allocation was ever refused.
pub(crate) fn refused() -> bool {
    REFUSED.get()
}

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
    fn malloc_usable_size(block: *mut c_void) -> usize;
}

pub(crate) struct Heap;

// SAFETY: every block comes from libc's malloc family, which aligns for every type QuickJS
// allocates, and goes back to it.
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !fits(size) {
            return refuse();
        }
        // SAFETY: malloc has no preconditions.
        count(unsafe { malloc(size) }.cast())
    }

    fn calloc(&mut self, count_: usize, size: usize) -> *mut u8 {
        if !count_.checked_mul(size).is_some_and(fits) {
            return refuse();
        }
        // SAFETY: calloc has no preconditions.
        count(unsafe { calloc(count_, size) }.cast())
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the caller got `block` from this allocator.
        unsafe {
            USED.set(USED.get() - Self::usable_size(block));
            free(block.cast());
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the caller got `block` from this allocator.
        let old = unsafe { Self::usable_size(block) };
        if !fits(size.saturating_sub(old)) {
            return refuse();
        }
        // SAFETY: as above; on failure the old block stays as it was.
        let moved = unsafe { realloc(block.cast(), size) };
        if !moved.is_null() {
            USED.set(USED.get() - old);
        }
        count(moved.cast())
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the caller got `block` from this allocator; null is answered with 0.
        unsafe { malloc_usable_size(block.cast()) }
    }
}

fn fits(more: usize) -> bool {
    USED.get().checked_add(more).is_some_and(|total| total <= LIMIT.get())
}

fn refuse() -> *mut u8 {
    REFUSED.set(true);
    std::ptr::null_mut()
}

fn count(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        return refuse();
    }
    // SAFETY: `block` was just allocated.
    let used = USED.get() + unsafe { Heap::usable_size(block) };
    USED.set(used);
    PEAK.set(PEAK.get().max(used));
    block
}
