mod pooled;

use super::scattered::Scattered;
use super::*;
use crate::kernels::gemm::tests::{assert_close, numbers, pools};

/// Calls `visit` with the indices of input, weight and output of each product.
fn products(conv: &Conv, mut visit: impl FnMut(usize, usize, usize)) {
    let (channels, filters) = (conv.channels / conv.groups, conv.filters / conv.groups);
    let index = |place: [usize; 3], lengths: [usize; 3]| (place[0] * lengths[1] + place[1]) * lengths[2] + place[2];
    let places = |lengths: [usize; 3]| {
        (0..lengths.iter().product::<usize>())
            .map(move |i| [i / lengths[2] / lengths[1], i / lengths[2] % lengths[1], i % lengths[2]])
    };
    for image in 0..conv.batch {
        for output in places(conv.output) {
            for tap in places(conv.kernel) {
                let place = [0, 1, 2].map(|axis| {
                    (output[axis] * conv.strides[axis] + tap[axis] * conv.dilation[axis])
                        .checked_sub(conv.pad_before[axis])
                        .filter(|&place| place < conv.input[axis])
                });
                let [Some(first), Some(second), Some(third)] = place else { continue };
                let x = (image * conv.inputs() + index([first, second, third], conv.input)) * conv.channels;
                let y = (image * conv.outputs() + index(output, conv.output)) * conv.filters;
                for filter in 0..conv.filters {
                    for channel in 0..channels {
                        let weight = (index(tap, conv.kernel) * channels + channel) * conv.filters + filter;
                        visit(x + filter / filters * channels + channel, weight, y + filter);
                    }
                }
            }
        }
    }
}

/// How much larger rounding errors may be than those of the definition.
fn slack<T: Real>(threads: &Threads, conv: &Conv) -> usize {
    let winograd = Winograd::new::<T>(threads, conv, 1).or_else(|| Winograd::backward::<T>(threads, conv));
    if winograd.is_some() { 12 } else { 1 }
}

fn check<T: Real>(threads: &[Threads], conv: &Conv) {
    let x = numbers::<T>(conv.batch * conv.inputs() * conv.channels, 1);
    let w = numbers::<T>(conv.patch() * conv.filters, 2);
    let dy = numbers::<T>(conv.batch * conv.outputs() * conv.filters, 3);
    let (bias, channel_bias) = (numbers::<T>(conv.filters, 4), numbers::<T>(conv.channels, 5));
    let wide = |values: &[T]| values.iter().map(|value| value.wide()).collect::<Vec<f64>>();
    let mut y_sum: Vec<f64> = dy.iter().enumerate().map(|(i, _)| bias[i % conv.filters].wide()).collect();
    let mut dx_sum = wide(&x);
    let mut dw_sum = wide(&w);
    products(conv, |input, weight, output| {
        y_sum[output] += x[input].wide() * w[weight].wide();
        dx_sum[input] += dy[output].wide() * w[weight].wide();
        dw_sum[weight] += x[input].wide() * dy[output].wide();
    });
    y_sum.iter_mut().for_each(|value| *value *= 0.5);
    let without = |sum: &[f64], start: &[f64]| sum.iter().zip(start).map(|(a, b)| a - b).collect::<Vec<f64>>();
    let dx_alone: Vec<f64> = without(&dx_sum, &wide(&x));
    let dx_biased = dx_alone.iter().enumerate().map(|(i, v)| 0.5 * (v + channel_bias[i % conv.channels].wide()));
    let dx_biased: Vec<f64> = dx_biased.collect();
    let dw_alone = without(&dw_sum, &wide(&w));
    let mut db_sum = vec![0.0; conv.filters];
    dy.iter().enumerate().for_each(|(i, dy)| db_sum[i % conv.filters] += dy.wide());
    let gradient = Gradient::plain(&dy);
    let slack = slack::<T>(&threads[0], conv);
    let halve = |run: &mut [T]| run.iter_mut().for_each(|value| *value *= T::of(0.5));
    let mut former: Option<(Level, [Vec<T>; 6])> = None;
    for threads in threads {
        let what = format!("{conv:?} {} {:?} {}", T::NAME, threads.level(), threads.count());
        let nan = T::of(f64::NAN);
        let (mut y, mut dx, mut dw) = (vec![nan; dy.len()], vec![nan; x.len()], vec![nan; w.len()]);
        forward(threads, conv, &x, Taps::passing(&w), &mut y, &Epilogue { bias: Some(&bias), activate: Some(&halve) });
        assert_close(&y, &y_sum, slack * conv.patch(), &format!("forward {what}"));
        let epilogue = Epilogue { bias: Some(&channel_bias), activate: Some(&halve) };
        input_gradient(threads, conv, &gradient, Taps::passing(&w), &mut dx, Write::Overwrite, &epilogue);
        let dx_terms = slack * conv.taps() * conv.filters;
        assert_close(&dx, &dx_biased, dx_terms, &format!("input gradient {what}"));
        let mut db = vec![nan; conv.filters];
        weight_gradient(threads, conv, &x, &gradient, &mut dw, Some(&mut db), Write::Overwrite);
        let terms = slack * conv.batch * conv.outputs();
        assert_close(&dw, &dw_alone, terms, &format!("weight gradient {what}"));
        assert_close(&db, &db_sum, terms, &format!("bias gradient {what}"));
        let (mut dx_more, mut dw_more) = (x.clone(), w.clone());
        input_gradient(threads, conv, &gradient, Taps::passing(&w), &mut dx_more, Write::Add, &Epilogue::none());
        assert_close(&dx_more, &dx_sum, dx_terms, &format!("input gradient added {what}"));
        weight_gradient(threads, conv, &x, &gradient, &mut dw_more, Some(&mut db), Write::Add);
        assert_close(&dw_more, &dw_sum, terms, &format!("weight gradient added {what}"));
        let twice: Vec<f64> = db_sum.iter().map(|sum| 2.0 * sum).collect();
        assert_close(&db, &twice, terms, &format!("bias gradient added {what}"));
        let results = [y, dx, dw, dx_more, dw_more, db];
        match &former {
            Some((level, former)) if *level == threads.level() => assert!(*former == results, "bits change: {what}"),
            _ => former = Some((threads.level(), results)),
        }
    }
}

/// Checks each convolution at each level, with numbers of both kinds.
fn check_all(convs: impl IntoIterator<Item = Conv>) {
    let threads = pools();
    for conv in convs {
        check::<f32>(&threads, &conv);
        check::<f64>(&threads, &conv);
    }
}

/// A two-dimensional convolution; the output length is that of "valid" with the given padding on both sides.
fn plane(input: [usize; 2], kernel: [usize; 2], stride: usize, dilation: usize, pad: usize) -> Conv {
    let output = |axis: usize| (input[axis] + 2 * pad).saturating_sub((kernel[axis] - 1) * dilation + 1) / stride + 1;
    Conv {
        batch: 2,
        input: [1, input[0], input[1]],
        channels: 3,
        filters: 5,
        kernel: [1, kernel[0], kernel[1]],
        strides: [1, stride, stride],
        dilation: [1, dilation, dilation],
        pad_before: [0, pad, pad],
        output: [1, output(0), output(1)],
        groups: 1,
    }
}

#[test]
fn planes_of_many_shapes() {
    check_all([
        plane([7, 8], [3, 3], 1, 1, 0),
        plane([7, 8], [3, 2], 1, 1, 1),
        plane([9, 8], [3, 3], 2, 1, 1),
        plane([9, 9], [2, 2], 3, 1, 0),
        plane([9, 11], [3, 3], 2, 2, 2),
        plane([9, 11], [3, 2], 2, 3, 1),
        plane([8, 10], [3, 3], 1, 2, 2),
        plane([5, 5], [5, 5], 1, 1, 0),
        plane([4, 5], [1, 1], 1, 1, 0),
        plane([4, 5], [1, 1], 2, 1, 0),
        plane([4, 5], [1, 1], 1, 1, 2),
        plane([6, 6], [4, 4], 4, 1, 1),
        plane([3, 3], [2, 2], 1, 1, 3),
        Conv { batch: 0, ..plane([5, 5], [3, 3], 1, 1, 0) },
        Conv { channels: 4, filters: 6, groups: 2, ..plane([6, 7], [3, 3], 2, 1, 1) },
        Conv { channels: 6, filters: 6, groups: 6, ..plane([6, 7], [3, 3], 1, 1, 1) },
        Conv { channels: 8, filters: 40, ..plane([4, 4], [3, 3], 1, 1, 0) },
        Conv { channels: 1, filters: 33, ..plane([9, 9], [3, 3], 1, 1, 1) },
    ]);
}

#[test]
fn lines_and_volumes() {
    let line = Conv {
        batch: 3,
        input: [1, 1, 50],
        channels: 4,
        filters: 7,
        kernel: [1, 1, 5],
        strides: [1, 1, 2],
        dilation: [1, 1, 3],
        pad_before: [0, 0, 12],
        output: [1, 1, 25],
        groups: 1,
    };
    let volume = Conv {
        batch: 2,
        input: [4, 5, 6],
        channels: 2,
        filters: 3,
        kernel: [2, 3, 2],
        strides: [1, 2, 1],
        dilation: [2, 1, 1],
        pad_before: [1, 1, 0],
        output: [4, 3, 5],
        groups: 1,
    };
    check_all([line, volume, Conv { strides: [2, 2, 3], output: [2, 3, 2], ..volume }]);
}

#[test]
fn convolutions_large_enough_for_several_tasks() {
    let threads = pools();
    for conv in [
        Conv { channels: 16, filters: 40, batch: 5, ..plane([20, 21], [3, 3], 1, 1, 1) },
        Conv { channels: 16, filters: 24, batch: 3, ..plane([30, 31], [3, 3], 2, 1, 1) },
        Conv { channels: 64, filters: 130, batch: 1, ..plane([6, 6], [3, 3], 1, 1, 1) },
        Conv { channels: 2, filters: 8, groups: 2, batch: 2, ..plane([70, 90], [5, 5], 1, 1, 2) },
        Conv { channels: 8, filters: 16, batch: 60, ..plane([5, 5], [3, 3], 1, 1, 1) },
    ] {
        check::<f32>(&threads, &conv);
    }
}

#[test]
fn convolutions_large_enough_for_tiles() {
    let threads = pools();
    let wide = Conv { channels: 32, filters: 320, ..plane([14, 14], [5, 5], 1, 1, 0) };
    let pointwise = Conv { channels: 64, filters: 128, ..plane([16, 16], [1, 1], 1, 1, 0) };
    for conv in [wide, pointwise] {
        check::<f32>(&threads, &conv);
    }
}

#[test]
fn weights_that_are_kept_give_the_same_in_every_call() {
    for threads in pools() {
        for (batch, filters) in [(1, 70), (2, 96), (3, 96), (2, 160), (8, 160), (2, 192)] {
            let conv = Conv { batch, channels: 112, filters, ..plane([8, 8], [5, 5], 2, 1, 0) };
            let (x, w) = (numbers::<f32>(batch * 64 * 112, 1), numbers::<f32>(conv.patch() * filters, 2));
            let mut kept = Prepared::default();
            let mut run = |is_kept: bool| {
                let taps = Taps { values: &w, kept: is_kept.then_some((1, &mut kept)) };
                let mut y = vec![f32::NAN; batch * conv.outputs() * filters];
                forward(&threads, &conv, &x, taps, &mut y, &Epilogue::none());
                y
            };
            let plain = run(false);
            for call in 0..3 {
                assert!(run(true) == plain, "{batch} x {filters}, call {call}, {:?}", threads.level());
            }
        }
    }
}

#[test]
fn sums_longer_than_what_is_added_at_once() {
    let threads = pools();
    for (size, kernel, stride) in [([15, 15], [1, 1], 2), ([16, 14], [2, 1], 3), ([9, 9], [3, 3], 2)] {
        for (channels, filters) in [(33, 700), (700, 5)] {
            check::<f32>(&threads, &Conv { channels, filters, batch: 1, ..plane(size, kernel, stride, 1, 0) });
        }
    }
}

#[test]
fn channels_by_themselves() {
    let depthwise = |channels: usize, multiplier: usize, conv: Conv| Conv {
        channels,
        filters: channels * multiplier,
        groups: channels,
        ..conv
    };
    check_all([
        depthwise(5, 1, plane([7, 8], [3, 3], 1, 1, 1)),
        depthwise(3, 2, plane([9, 8], [3, 2], 2, 1, 1)),
        depthwise(2, 3, plane([9, 11], [3, 2], 2, 3, 4)),
        depthwise(300, 1, plane([4, 5], [3, 3], 1, 2, 2)),
        depthwise(7, 1, plane([6, 40], [2, 2], 1, 1, 0)),
        depthwise(7, 1, plane([3, 3], [2, 2], 1, 1, 3)),
        depthwise(37, 1, plane([5, 31], [3, 5], 1, 2, 2)),
        depthwise(16, 1, plane([7, 30], [3, 3], 2, 1, 1)),
        depthwise(9, 2, plane([4, 33], [2, 7], 3, 1, 3)),
        depthwise(5, 1, plane([9, 20], [1, 2], 4, 1, 0)),
        Conv { batch: 0, ..depthwise(5, 1, plane([7, 8], [3, 3], 1, 1, 1)) },
        depthwise(
            4,
            2,
            Conv {
                input: [4, 5, 6],
                kernel: [2, 3, 2],
                output: [3, 3, 3],
                strides: [1, 1, 2],
                ..plane([1, 1], [1, 1], 1, 1, 0)
            },
        ),
    ]);
    check::<f32>(&pools(), &Conv { batch: 4, ..depthwise(24, 1, plane([40, 41], [3, 3], 1, 1, 1)) });
}

#[test]
fn groups_of_few_channels() {
    let grouped = [
        (32, 2, 2, plane([9, 12], [3, 3], 1, 1, 1)),
        (8, 4, 4, plane([20, 11], [3, 3], 2, 1, 1)),
        (5, 3, 1, plane([8, 13], [3, 2], 1, 2, 2)),
        (4, 1, 4, plane([7, 23], [5, 4], 3, 1, 2)),
        (3, 2, 4, plane([6, 6], [2, 2], 2, 3, 1)),
        (16, 1, 3, plane([5, 40], [1, 7], 1, 1, 3)),
        (40, 4, 2, plane([3, 9], [3, 3], 1, 1, 4)),
        (7, 4, 3, plane([4, 4], [1, 1], 1, 1, 0)),
        (5, 1, 2, plane([9, 20], [1, 2], 3, 1, 0)),
    ];
    check_all(grouped.map(|(groups, channels, filters, conv)| Conv {
        channels: groups * channels,
        filters: groups * filters,
        groups,
        ..conv
    }));
    let threads = pools();
    let volume = Conv {
        input: [5, 4, 6],
        kernel: [2, 3, 2],
        output: [4, 2, 5],
        strides: [1, 2, 1],
        pad_before: [0, 1, 0],
        channels: 12,
        filters: 24,
        groups: 6,
        ..plane([1, 1], [1, 1], 1, 1, 0)
    };
    check::<f32>(&threads, &volume);
    check::<f32>(
        &threads,
        &Conv { batch: 9, channels: 36, filters: 72, groups: 18, ..plane([21, 22], [3, 3], 1, 1, 1) },
    );
}

#[test]
fn few_channels_from_many() {
    let threads = pools();
    let line = Conv {
        input: [1, 1, 300],
        kernel: [1, 1, 9],
        strides: [1, 1, 4],
        pad_before: [0, 0, 3],
        output: [1, 1, 75],
        channels: 1,
        filters: 48,
        ..plane([1, 1], [1, 1], 1, 1, 0)
    };
    let volume = Conv {
        input: [5, 6, 40],
        kernel: [3, 2, 3],
        strides: [1, 2, 2],
        dilation: [2, 1, 1],
        pad_before: [2, 0, 1],
        output: [5, 3, 20],
        channels: 2,
        filters: 64,
        ..line
    };
    let all = [
        line,
        volume,
        Conv { channels: 1, filters: 40, batch: 2, ..plane([9, 70], [3, 3], 1, 1, 1) },
        Conv { channels: 3, filters: 32, batch: 2, ..plane([33, 40], [7, 5], 2, 1, 2) },
        Conv { channels: 5, filters: 33, batch: 1, ..plane([40, 31], [4, 4], 1, 1, 0) },
        Conv { channels: 2, filters: 24, batch: 2, ..plane([12, 64], [2, 3], 1, 3, 4) },
        Conv { channels: 4, filters: 64, batch: 1, ..plane([9, 41], [3, 3], 3, 2, 1) },
        Conv { channels: 3, filters: 48, batch: 2, ..plane([48, 32], [16, 16], 16, 1, 0) },
        Conv { channels: 1, filters: 64, batch: 1, ..plane([200, 50], [3, 3], 1, 1, 1) },
        Conv { channels: 1, filters: 64, batch: 3, ..plane([30, 50], [1, 1], 1, 1, 0) },
        Conv { channels: 3, filters: 64, batch: 2, ..plane([2, 40], [1, 3], 1, 1, 3) },
    ];
    for threads in &threads {
        let taken = |conv: &&Conv| Narrow::backward::<f32>(threads, conv).is_some();
        assert!(2 * all.iter().filter(taken).count() > all.len(), "{:?}", threads.level());
    }
    for conv in all {
        check::<f32>(&threads, &conv);
        check::<f64>(&threads, &conv);
        if conv.strides == [1; 3] {
            let turned = Conv { channels: conv.filters, filters: conv.channels, ..conv };
            check::<f32>(&threads, &turned);
        }
    }
}

#[test]
fn images_of_a_few_numbers() {
    let whole =
        |[height, width]: [usize; 2], [down, across]: [usize; 2], stride: usize, dilation: usize, pad: usize| {
            let axis = |output: usize, taps: usize| (output - 1) * stride + (taps - 1) * dilation + 1 - 2 * pad;
            let conv = plane([1, 1], [down, across], stride, dilation, pad);
            Conv { input: [1, axis(height, down), axis(width, across)], output: [1, height, width], ..conv }
        };
    let convs = [
        whole([1, 1], [4, 4], 1, 1, 0),
        whole([2, 3], [5, 6], 1, 1, 0),
        whole([2, 2], [9, 7], 2, 1, 1),
        whole([1, 2], [4, 3], 1, 2, 0),
        whole([3, 2], [8, 8], 1, 3, 2),
        Conv { batch: 7, ..whole([2, 1], [6, 5], 1, 1, 1) },
        Conv { input: [4, 5, 5], kernel: [4, 5, 4], output: [1, 1, 2], ..plane([1, 1], [1, 1], 1, 1, 0) },
    ];
    for (channels, filters) in [(6, 20), (17, 48)] {
        let convs = convs.map(|conv| Conv { channels, filters, ..conv });
        assert!(convs.iter().filter(|conv| Scattered::new(conv).is_some()).count() >= 6);
        check_all(convs);
    }
    check::<f32>(&pools(), &Conv { channels: 64, filters: 64, batch: 40, ..whole([1, 1], [7, 7], 1, 1, 0) });
}

#[test]
fn few_filters_of_wide_patches() {
    let threads = pools();
    for (channels, filters, batch, conv) in [
        (32, 1, 3, plane([20, 33], [3, 3], 1, 1, 1)),
        (24, 4, 2, plane([13, 14], [3, 2], 2, 1, 0)),
        (40, 2, 2, plane([17, 21], [3, 3], 1, 2, 3)),
        (64, 3, 5, plane([12, 12], [1, 1], 1, 1, 0)),
        (16, 1, 1, plane([70, 9], [5, 5], 3, 1, 2)),
    ] {
        check::<f32>(&threads, &Conv { channels, filters, batch, ..conv });
    }
    let line = Conv { input: [1, 1, 50], kernel: [1, 1, 7], output: [1, 1, 44], ..plane([1, 1], [1, 1], 1, 1, 0) };
    let volume = Conv { input: [4, 5, 9], kernel: [2, 3, 3], output: [3, 3, 7], ..line };
    for conv in [line, volume] {
        check::<f32>(&threads, &Conv { channels: 32, filters: 2, ..conv });
        check::<f64>(&threads, &Conv { channels: 16, filters: 1, ..conv });
    }
}

#[test]
fn squares_of_three_at_every_edge() {
    let threads = pools();
    for (height, width, pad, channels, filters, batch) in [
        (10, 11, 0, 16, 16, 2),
        (9, 8, 1, 17, 33, 2),
        (13, 13, 2, 20, 18, 1),
        (8, 21, 3, 16, 40, 1),
        (30, 29, 1, 16, 24, 3),
        (4, 4, 1, 32, 16, 20),
        (3, 12, 1, 16, 16, 3),
    ] {
        let conv = Conv { channels, filters, batch, ..plane([height, width], [3, 3], 1, 1, pad) };
        assert!(Winograd::new::<f32>(&threads[0], &conv, 1).is_some(), "{conv:?}");
        check::<f32>(&threads, &conv);
        check::<f64>(&threads, &conv);
    }
}

#[test]
fn squares_of_three_of_groups() {
    let threads = pools();
    for (size, pad, groups, channels, filters, batch) in [
        ([10, 11], 1, 2, 16, 32, 2),
        ([9, 8], 0, 3, 20, 16, 4),
        ([8, 13], 2, 4, 16, 16, 3),
        ([12, 9], 1, 8, 8, 8, 2),
        ([6, 10], 1, 6, 12, 24, 2),
        ([12, 12], 1, 2, 32, 48, 1),
    ] {
        let (channels, filters) = (groups * channels, groups * filters);
        let conv = Conv { channels, filters, groups, batch, ..plane(size, [3, 3], 1, 1, pad) };
        let taken = Winograd::new::<f32>(&Threads::new(1), &conv, 1).is_some();
        assert!(taken || !Level::Avx512.is_available(), "{conv:?}");
        check::<f32>(&threads, &conv);
        check::<f64>(&threads, &conv);
    }
}

#[test]
fn winograds_algorithm_has_an_off_switch() {
    let conv = Conv { channels: 16, filters: 16, ..plane([12, 12], [3, 3], 1, 1, 1) };
    assert!(Winograd::new::<f32>(&Threads::new(1), &conv, 1).is_some());
    assert!(Winograd::new::<f32>(&Threads::new(1).with_winograd(false), &conv, 1).is_none());
    check::<f32>(&[Threads::new(1).with_winograd(false)], &conv);
}

#[test]
fn transformed_weights_are_kept_for_the_same_stamp_only() {
    let threads = Threads::new(1);
    let conv = Conv { channels: 16, filters: 16, ..plane([12, 12], [3, 3], 1, 1, 1) };
    let x = numbers::<f32>(conv.batch * conv.inputs() * conv.channels, 1);
    let run = |values: &[f32], kept: Option<(u64, &mut Prepared<f32>)>| {
        let mut y = vec![0.0; conv.batch * conv.outputs() * conv.filters];
        forward(&threads, &conv, &x, Taps { values, kept }, &mut y, &Epilogue::none());
        y
    };
    let (first, second) = (numbers::<f32>(conv.patch() * 16, 2), numbers::<f32>(conv.patch() * 16, 3));
    let mut prepared = Prepared::default();
    for (stamp, values) in [(1, &first), (1, &first), (2, &second), (3, &first)] {
        assert_eq!(run(values, Some((stamp, &mut prepared))), run(values, None), "stamp {stamp}");
    }
}
