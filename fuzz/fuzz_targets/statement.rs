#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| perfguard_fuzz::check(input));
