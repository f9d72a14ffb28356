"""Accelerators of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import Texts, carried


@table(grain=["hardware_id"])
class ReferenceHardware(Contract):
    """One row per accelerator of the catalog: dense peaks and other figures of one card."""

    hardware_id: str = carried("dim_hardware.hardware_id")
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    hardware_release_year: int = carried("dim_hardware.hardware_release_year")
    form_factor: str = carried("dim_hardware.form_factor")
    peak_fp4_tflops: float = carried("dim_hardware.peak_fp4_tflops")
    peak_fp8_tflops: float = carried("dim_hardware.peak_fp8_tflops")
    peak_bf16_tflops: float = carried("dim_hardware.peak_bf16_tflops")
    peak_fp16_tflops: float = carried("dim_hardware.peak_fp16_tflops")
    peak_int8_tops: float = carried("dim_hardware.peak_int8_tops")
    peak_int4_tops: float = carried("dim_hardware.peak_int4_tops")
    memory_capacity_gb: float = carried("dim_hardware.memory_capacity_gb")
    memory_bytes_reported: float = carried("dim_hardware.memory_bytes_reported")
    memory_bandwidth_gb_s: float = carried("dim_hardware.memory_bandwidth_gb_s")
    memory_type: str = carried("dim_hardware.memory_type")
    scale_up_protocol: str = carried("dim_hardware.scale_up_protocol")
    scale_up_bandwidth_gb_s: float = carried("dim_hardware.scale_up_bandwidth_gb_s")
    scale_up_world_size: int = carried("dim_hardware.scale_up_world_size")
    tdp_w: float = carried("dim_hardware.tdp_w")
    hardware_aliases: Texts = carried("dim_hardware.hardware_aliases")
    disclaimers: Texts = carried("dim_hardware.disclaimers")
