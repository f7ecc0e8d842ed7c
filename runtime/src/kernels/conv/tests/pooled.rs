//! Convolutions with the pooling after them.

use formwork_shape::Activation;

use super::*;
use crate::kernels::window::{self, Window};

/// A convolution with the pooling after it against one after the other.
fn check_pooled<T: Real>(threads: &[Threads], conv: &Conv, window: &Window) {
    let outputs = conv.batch * conv.outputs() * conv.filters;
    let x = numbers::<T>(conv.batch * conv.inputs() * conv.channels, 1);
    let w = numbers::<T>(conv.patch() * conv.filters, 2);
    let bias = numbers::<T>(conv.filters, 3);
    let pooled = conv.batch * window.output.iter().product::<usize>() * conv.filters;
    let dy = numbers::<T>(pooled, 4);
    let rectify = |run: &mut [T]| run.iter_mut().for_each(|value| *value = value.max(T::zero()));
    let epilogue = Epilogue { bias: Some(&bias), activate: Some(&rectify) };
    let mut former: Option<(Level, [Vec<T>; 5])> = None;
    for threads in threads {
        let what = format!("{conv:?} {window:?} {} {:?} {}", T::NAME, threads.level(), threads.count());
        let (mut y, mut places) = (vec![T::of(f64::NAN); pooled], vec![0; pooled]);
        pooled_forward(threads, conv, window, &x, Taps::passing(&w), &mut y, Some(&mut places), &epilogue);
        let mut alone = vec![T::of(f64::NAN); pooled];
        pooled_forward(threads, conv, window, &x, Taps::passing(&w), &mut alone, None, &epilogue);

        let (mut between, mut expected, mut winners) =
            (vec![T::zero(); outputs], vec![T::zero(); pooled], vec![0; pooled]);
        forward(threads, conv, &x, Taps::passing(&w), &mut between, &epilogue);
        window::max_forward(threads, window, &between, &mut expected, Some(&mut winners));
        let wide = |values: &[T]| values.iter().map(|value| value.wide()).collect::<Vec<f64>>();
        let slack = slack::<T>(threads, conv);
        assert_close(&alone, &wide(&expected), slack * conv.patch(), &format!("without places {what}"));
        assert_close(&y, &wide(&expected), slack * conv.patch(), &format!("pooled {what}"));

        let gradient = Gradient { dy: &dy, activation: Some((Activation::Relu, &y)), pool: Some((window, &places)) };
        let (mut dx, mut dw, mut db) = (x.clone(), w.clone(), bias.clone());
        input_gradient(threads, conv, &gradient, Taps::passing(&w), &mut dx, Write::Overwrite, &Epilogue::none());
        weight_gradient(threads, conv, &x, &gradient, &mut dw, Some(&mut db), Write::Overwrite);
        let mut dbetween = vec![T::zero(); outputs];
        let live: Vec<T> =
            dy.iter().zip(&expected).map(|(&dy, &y)| if y > T::zero() { dy } else { T::zero() }).collect();
        window::max_backward(threads, window, &winners, &live, &mut dbetween, Write::Overwrite);
        let plain = Gradient::plain(&dbetween);
        let (mut dx_plain, mut dw_plain, mut db_plain) = (x.clone(), w.clone(), bias.clone());
        input_gradient(threads, conv, &plain, Taps::passing(&w), &mut dx_plain, Write::Overwrite, &Epilogue::none());
        weight_gradient(threads, conv, &x, &plain, &mut dw_plain, Some(&mut db_plain), Write::Overwrite);
        assert_close(&dx, &wide(&dx_plain), slack * conv.taps() * conv.filters, &format!("input gradient {what}"));
        assert_close(&dw, &wide(&dw_plain), slack * outputs / conv.filters, &format!("weight gradient {what}"));
        assert_close(&db, &wide(&db_plain), outputs / conv.filters, &format!("bias gradient {what}"));
        let (mut dx_more, mut dw_more, mut db_more) = (x.clone(), w.clone(), bias.clone());
        input_gradient(threads, conv, &gradient, Taps::passing(&w), &mut dx_more, Write::Add, &Epilogue::none());
        weight_gradient(threads, conv, &x, &gradient, &mut dw_more, Some(&mut db_more), Write::Add);
        let sum = |a: &[T], b: &[T]| a.iter().zip(b).map(|(a, b)| a.wide() + b.wide()).collect::<Vec<f64>>();
        assert_close(&dx_more, &sum(&x, &dx), slack * conv.taps() * conv.filters, &format!("more input {what}"));
        assert_close(&dw_more, &sum(&w, &dw), slack * outputs / conv.filters, &format!("more weights {what}"));
        assert_close(&db_more, &sum(&bias, &db), outputs / conv.filters, &format!("more bias {what}"));
        let results = [y, alone, dx, dw, db];
        match &former {
            Some((level, former)) if *level == threads.level() => assert!(*former == results, "bits change: {what}"),
            _ => former = Some((threads.level(), results)),
        }
    }
}

/// A pooling of the output of a convolution.
fn pooling(conv: &Conv, pool: [usize; 3], strides: [usize; 3], pad: [usize; 3]) -> Window {
    let output = [0, 1, 2].map(|axis| (conv.output[axis] + 2 * pad[axis] - pool[axis]) / strides[axis] + 1);
    Window { batch: conv.batch, input: conv.output, channels: conv.filters, pool, strides, pad_before: pad, output }
}

#[test]
fn convolutions_with_the_pooling_after_them() {
    let threads = pools();
    let image = plane([14, 15], [3, 3], 1, 1, 0);
    let wide = Conv { channels: 16, filters: 40, batch: 3, ..plane([22, 19], [3, 3], 1, 1, 1) };
    let large = Conv { channels: 16, filters: 64, batch: 1, ..plane([64, 40], [3, 3], 1, 1, 0) };
    let line = Conv {
        input: [1, 1, 40],
        kernel: [1, 1, 5],
        output: [1, 1, 36],
        strides: [1; 3],
        pad_before: [0; 3],
        ..plane([1, 1], [1, 1], 1, 1, 0)
    };
    let volume = Conv { input: [6, 5, 7], kernel: [2, 2, 2], output: [5, 4, 6], ..plane([1, 1], [1, 1], 1, 1, 0) };
    for conv in [
        image,
        wide,
        large,
        Conv { channels: 4, filters: 6, groups: 2, ..image },
        Conv { channels: 6, filters: 6, groups: 6, ..image },
        Conv { channels: 6, filters: 12, groups: 3, ..image },
        Conv { filters: 200, ..plane([40, 30], [2, 2], 1, 1, 0) },
        plane([9, 9], [1, 1], 1, 1, 0),
    ] {
        for (pool, strides, pad) in [(2, 2, 0), (3, 2, 0), (3, 2, 1), (2, 3, 0), (3, 1, 1)] {
            check_pooled::<f32>(
                &threads,
                &conv,
                &pooling(&conv, [1, pool, pool], [1, strides, strides], [0, pad, pad]),
            );
        }
        check_pooled::<f64>(&threads, &conv, &pooling(&conv, [1, 2, 2], [1, 2, 2], [0; 3]));
    }
    // The last window of each row is cut off.
    let cut = Window { output: [1, 11, 10], ..pooling(&wide, [1, 2, 2], [1, 2, 2], [0; 3]) };
    check_pooled::<f32>(&threads, &wide, &cut);
    for conv in [
        Conv { channels: 16, filters: 24, batch: 5, ..plane([19, 22], [5, 5], 1, 1, 2) },
        Conv { channels: 48, filters: 9, batch: 2, ..plane([16, 13], [4, 3], 2, 1, 1) },
        Conv { channels: 112, filters: 7, batch: 3, ..plane([13, 14], [3, 2], 1, 2, 0) },
        Conv { channels: 32, filters: 5, batch: 2, ..volume },
        Conv { channels: 16, filters: 64, batch: 2, ..plane([9, 8], [3, 3], 1, 1, 0) },
        Conv { channels: 16, filters: 130, batch: 2, ..plane([7, 8], [2, 3], 1, 1, 0) },
        Conv { channels: 1, filters: 21, batch: 3, ..plane([19, 22], [3, 3], 1, 1, 0) },
        Conv { channels: 3, filters: 9, batch: 5, ..plane([17, 16], [3, 3], 1, 1, 1) },
        Conv { channels: 5, filters: 12, batch: 2, ..plane([16, 13], [3, 4], 2, 1, 1) },
        Conv { channels: 1, filters: 4, batch: 2, ..plane([20, 18], [7, 7], 1, 2, 3) },
        Conv { channels: 3, filters: 10, batch: 2, ..volume },
    ] {
        for pool in [[1, 2, 2], [1, 1, 3]] {
            check_pooled::<f32>(&threads, &conv, &pooling(&conv, pool, pool, [0; 3]));
        }
        check_pooled::<f64>(&threads, &conv, &pooling(&conv, [1, 3, 2], [1, 3, 2], [0; 3]));
    }
    check_pooled::<f32>(&threads, &line, &pooling(&line, [1, 1, 2], [1, 1, 2], [0; 3]));
    check_pooled::<f32>(&threads, &line, &pooling(&line, [1, 1, 3], [1, 1, 2], [0, 0, 1]));
    check_pooled::<f32>(&threads, &volume, &pooling(&volume, [2, 2, 2], [2, 2, 2], [0; 3]));
}
