import ffmpeg

ffmpeg.input("sine=frequency=440:duration=1", f="lavfi").output("/tmp/tone.ogg").overwrite_output().run(quiet=True)
print(ffmpeg.probe("/tmp/tone.ogg")["streams"][0]["codec_name"])
