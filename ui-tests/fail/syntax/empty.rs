use formwork::prelude::*;

model!();

fn main() {}
