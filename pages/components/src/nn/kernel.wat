;; What the page computes four numbers, or four pixels, at a time: matrix products of its networks, and points on a picture.
;;
;; Everything lies in one memory; arguments are byte addresses and counts. In products all is float32, and W is (outputs, inputs), row by
;; row. `inputs` and `outputs` are multiples of 4 and `columns` of 8: whoever fills the memory pads with zeros.
(module
  (memory (import "page" "memory") 1)

  ;; y = W x + b, for one x with shape (inputs).
  (func (export "vector")
    (param $w i32) (param $b i32) (param $x i32) (param $y i32) (param $inputs i32) (param $outputs i32)
    (local $row i32) (local $end i32) (local $last i32) (local $at i32) (local $v v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $row (i32.shl (local.get $inputs) (i32.const 2)))
    (local.set $end (i32.add (local.get $x) (local.get $row)))
    (local.set $last (i32.add (local.get $y) (i32.shl (local.get $outputs) (i32.const 2))))
    (block $done
      (loop $four  ;; outputs
        (br_if $done (i32.ge_u (local.get $y) (local.get $last)))
        (local.set $s0 (v128.const f32x4 0 0 0 0))
        (local.set $s1 (local.get $s0))
        (local.set $s2 (local.get $s0))
        (local.set $s3 (local.get $s0))
        (local.set $at (local.get $x))
        (loop $sum
          (local.set $v (v128.load (local.get $at)))
          (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $v) (v128.load (local.get $w)))))
          (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $v)
            (v128.load (i32.add (local.get $w) (local.get $row))))))
          (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $v)
            (v128.load (i32.add (local.get $w) (i32.shl (local.get $row) (i32.const 1)))))))
          (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $v)
            (v128.load (i32.add (local.get $w) (i32.mul (local.get $row) (i32.const 3)))))))
          (local.set $w (i32.add (local.get $w) (i32.const 16)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $sum (i32.lt_u (local.get $at) (local.get $end))))
        ;; The four sums of each of the four, transposed and added: one output in each lane.
        (local.set $v (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $s0) (local.get $s1)))
        (local.set $s0 (f32x4.add (local.get $v)
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $s0) (local.get $s1))))
        (local.set $v (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $s2) (local.get $s3)))
        (local.set $s2 (f32x4.add (local.get $v)
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $s2) (local.get $s3))))
        (local.set $v (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $s0) (local.get $s2)))
        (local.set $s0 (f32x4.add (local.get $v)
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $s0) (local.get $s2))))
        (v128.store (local.get $y) (f32x4.add (local.get $s0) (v128.load (local.get $b))))
        (local.set $w (i32.add (local.get $w) (i32.mul (local.get $row) (i32.const 3))))
        (local.set $b (i32.add (local.get $b) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $four))))

  ;; Y = W X + b, for X with shape (inputs, columns), row by row.
  (func (export "matrix")
    (param $w i32) (param $b i32) (param $x i32) (param $y i32) (param $inputs i32) (param $outputs i32) (param $columns i32)
    (local $row i32) (local $wide i32) (local $end i32) (local $left i32) (local $at i32) (local $to i32) (local $bias i32)
    (local $o i32) (local $last i32) (local $l v128) (local $r v128) (local $v v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128)
    (local $r0 v128) (local $r1 v128) (local $r2 v128) (local $r3 v128)
    (local.set $row (i32.shl (local.get $inputs) (i32.const 2)))
    (local.set $wide (i32.shl (local.get $columns) (i32.const 2)))
    (loop $eight  ;; columns
      (local.set $o (i32.const 0))
      (local.set $at (local.get $w))
      (local.set $bias (local.get $b))
      (local.set $to (i32.add (local.get $y) (local.get $left)))
      (loop $four  ;; outputs
        (local.set $l0 (v128.load32_splat (local.get $bias)))
        (local.set $l1 (v128.load32_splat offset=4 (local.get $bias)))
        (local.set $l2 (v128.load32_splat offset=8 (local.get $bias)))
        (local.set $l3 (v128.load32_splat offset=12 (local.get $bias)))
        (local.set $r0 (local.get $l0))
        (local.set $r1 (local.get $l1))
        (local.set $r2 (local.get $l2))
        (local.set $r3 (local.get $l3))
        (local.set $last (i32.add (local.get $x) (local.get $left)))
        (local.set $end (i32.add (local.get $at) (local.get $row)))
        (loop $sum
          (local.set $l (v128.load (local.get $last)))
          (local.set $r (v128.load offset=16 (local.get $last)))
          (local.set $v (v128.load32_splat (local.get $at)))
          (local.set $l0 (f32x4.add (local.get $l0) (f32x4.mul (local.get $l) (local.get $v))))
          (local.set $r0 (f32x4.add (local.get $r0) (f32x4.mul (local.get $r) (local.get $v))))
          (local.set $v (v128.load32_splat (i32.add (local.get $at) (local.get $row))))
          (local.set $l1 (f32x4.add (local.get $l1) (f32x4.mul (local.get $l) (local.get $v))))
          (local.set $r1 (f32x4.add (local.get $r1) (f32x4.mul (local.get $r) (local.get $v))))
          (local.set $v (v128.load32_splat (i32.add (local.get $at) (i32.shl (local.get $row) (i32.const 1)))))
          (local.set $l2 (f32x4.add (local.get $l2) (f32x4.mul (local.get $l) (local.get $v))))
          (local.set $r2 (f32x4.add (local.get $r2) (f32x4.mul (local.get $r) (local.get $v))))
          (local.set $v (v128.load32_splat (i32.add (local.get $at) (i32.mul (local.get $row) (i32.const 3)))))
          (local.set $l3 (f32x4.add (local.get $l3) (f32x4.mul (local.get $l) (local.get $v))))
          (local.set $r3 (f32x4.add (local.get $r3) (f32x4.mul (local.get $r) (local.get $v))))
          (local.set $last (i32.add (local.get $last) (local.get $wide)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $sum (i32.lt_u (local.get $at) (local.get $end))))
        (v128.store (local.get $to) (local.get $l0))
        (v128.store offset=16 (local.get $to) (local.get $r0))
        (local.set $to (i32.add (local.get $to) (local.get $wide)))
        (v128.store (local.get $to) (local.get $l1))
        (v128.store offset=16 (local.get $to) (local.get $r1))
        (local.set $to (i32.add (local.get $to) (local.get $wide)))
        (v128.store (local.get $to) (local.get $l2))
        (v128.store offset=16 (local.get $to) (local.get $r2))
        (local.set $to (i32.add (local.get $to) (local.get $wide)))
        (v128.store (local.get $to) (local.get $l3))
        (v128.store offset=16 (local.get $to) (local.get $r3))
        (local.set $to (i32.add (local.get $to) (local.get $wide)))
        (local.set $at (i32.add (local.get $at) (i32.mul (local.get $row) (i32.const 3))))
        (local.set $bias (i32.add (local.get $bias) (i32.const 16)))
        (local.set $o (i32.add (local.get $o) (i32.const 4)))
        (br_if $four (i32.lt_u (local.get $o) (local.get $outputs))))
      (local.set $left (i32.add (local.get $left) (i32.const 32)))
      (br_if $eight (i32.lt_u (local.get $left) (local.get $wide)))))

  ;; Covers pixels by points one after another. A point is two addresses, of the pixel at its corner and of its first strip. A strip is 80
  ;; bytes: how far its four pixels are from that corner, whether another strip follows, eight unused bytes, and for each of their 16 bytes, as
  ;; numbers of 16 bits, what share of 256 stays, 16 of them, and what is added to it before it is divided by 256.
  (func (export "stamp") (param $point i32) (param $end i32)
    (local $strip i32) (local $corner i32) (local $to i32) (local $four v128) (local $more i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $point) (local.get $end)))
        (local.set $corner (i32.load (local.get $point)))
        (local.set $strip (i32.load offset=4 (local.get $point)))
        (loop $strips
          (local.set $to (i32.add (local.get $corner) (i32.load (local.get $strip))))
          (local.set $more (i32.load offset=4 (local.get $strip)))
          (local.set $four (v128.load (local.get $to)))
          (v128.store (local.get $to) (i8x16.narrow_i16x8_u
            (i16x8.shr_u
              (i16x8.add
                (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $four)) (v128.load offset=16 (local.get $strip)))
                (v128.load offset=48 (local.get $strip)))
              (i32.const 8))
            (i16x8.shr_u
              (i16x8.add
                (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $four)) (v128.load offset=32 (local.get $strip)))
                (v128.load offset=64 (local.get $strip)))
              (i32.const 8))))
          (local.set $strip (i32.add (local.get $strip) (i32.const 80)))
          (br_if $strips (local.get $more)))
        (local.set $point (i32.add (local.get $point) (i32.const 8)))
        (br $next)))))
